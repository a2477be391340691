// <file-upload>: around a form that sends files. They can be dropped, folders too, and it is told how much has arrived.
// Without this script the form sends them all the same.

import { size } from "./figures.js";

const SHOWN_FILES = 8;

/** @typedef {{path: string, file: File}} Chosen */

class FileUpload extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    if (!this.form || this.request !== undefined) return;
    /** @type {Chosen[]} */
    this.dropped = [];
    /** @type {XMLHttpRequest | null} */
    this.request = null;
    this.part("hint").hidden = false;
    this.takeDrops();
    this.form.addEventListener("change", () => this.showChosen());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      // The frame marks the button as busy a moment later; a refusal takes that back.
      setTimeout(() => this.send());
    });
    window.addEventListener("beforeunload", (event) => {
      if (this.request) event.preventDefault();
    });
    this.dataset.ready = "";
  }

  /** @param {string} name @returns {HTMLElement} */
  part(name) {
    return this.querySelector(`[data-${name}]`);
  }

  /** What would be sent: what was dropped, and what the fields hold. @returns {Chosen[]} */
  chosen() {
    const fields = [...this.form.querySelectorAll("input[type=file]")];
    const picked = fields.flatMap((field) => [...field.files]);
    return [...this.dropped, ...picked.map((file) => ({ path: file.webkitRelativePath || file.name, file }))];
  }

  showChosen() {
    const list = this.part("chosen");
    const chosen = this.chosen();
    const total = chosen.reduce((sum, { file }) => sum + file.size, 0);
    const lines = chosen.slice(0, SHOWN_FILES).map(({ path, file }) => line(path, size(file.size)));
    if (chosen.length > 1) lines.push(line(`${chosen.length.toLocaleString("en")} files`, size(total)));
    list.replaceChildren(...lines);
    list.hidden = chosen.length === 0;
    this.refuse("");
  }

  takeDrops() {
    this.addEventListener("dragover", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      this.classList.add("is-over");
    });
    this.addEventListener("dragleave", (event) => {
      if (!this.contains(/** @type {Node | null} */ (event.relatedTarget))) this.classList.remove("is-over");
    });
    this.addEventListener("drop", async (event) => {
      this.classList.remove("is-over");
      if (!event.dataTransfer?.files.length) return;
      event.preventDefault();
      // The browser forgets what was dropped when this turn is over: entries are asked for at once.
      const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter((entry) => entry);
      const files = [...event.dataTransfer.files];
      const found = entries.length ? (await Promise.all(entries.map((entry) => walk(entry, "")))).flat() : files.map((file) => ({ path: file.name, file }));
      this.dropped.push(...found);
      this.showChosen();
    });
  }

  send() {
    const chosen = this.chosen();
    const total = chosen.reduce((sum, { file }) => sum + file.size, 0);
    if (!chosen.length) return this.refuse("Choose some files first.");
    if (chosen.length > Number(this.dataset.maxFiles)) return this.refuse(`These are ${chosen.length.toLocaleString("en")} files, more than a dataset may have.`);
    if (total > Number(this.dataset.maxBytes)) return this.refuse(`These are ${size(total)}, more than a dataset may have.`);
    const data = new FormData();
    for (const field of this.form.elements) {
      if (!field.name || field.type === "file" || (field.type === "checkbox" && !field.checked)) continue;
      data.append(field.name, field.value);
    }
    for (const { path, file } of chosen) data.append("files", file, path);
    this.refuse("");
    this.transmit(data);
  }

  /** @param {FormData} data */
  transmit(data) {
    const request = new XMLHttpRequest();
    this.request = request;
    const progress = this.querySelector("progress");
    this.part("sending").hidden = false;
    const began = performance.now();
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      const share = event.loaded / event.total;
      progress.value = 100 * share;
      const seconds = (performance.now() - began) / 1000;
      const left = share > 0.02 && seconds > 2 ? `, about ${Math.ceil((seconds * (1 - share)) / share)} s left` : "";
      this.part("sent").textContent = share < 1 ? `${size(event.loaded)} of ${size(event.total)}${left}` : "All files have arrived; they are put in their place.";
    });
    request.addEventListener("load", () => {
      this.request = null;
      if (request.status < 400) location.assign(request.responseURL);
      else this.refuse(refusal(request));
    });
    request.addEventListener("error", () => {
      this.request = null;
      this.refuse("The upload broke off. Nothing was kept; try it once more.");
    });
    request.open("POST", this.form.action);
    request.setRequestHeader("Accept", "application/json");
    request.send(data);
  }

  /** Says why nothing was sent or kept; an empty text takes that back. @param {string} text */
  refuse(text) {
    const place = this.part("refused");
    place.textContent = text;
    place.hidden = !text;
    if (!text) return;
    this.part("sending").hidden = true;
    for (const button of this.form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  }
}

/** @param {XMLHttpRequest} request */
function refusal(request) {
  try {
    return JSON.parse(request.responseText).detail || "The server refused this.";
  } catch {
    return `The server refused this (status ${request.status}).`;
  }
}

/** @param {string} name @param {string} value */
function line(name, value) {
  const item = document.createElement("li");
  for (const text of [name, value]) item.append(Object.assign(document.createElement("span"), { textContent: text }));
  return item;
}

/** The files below an entry that was dropped. @param {any} entry @param {string} before @returns {Promise<Chosen[]>} */
async function walk(entry, before) {
  const path = before + entry.name;
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return entry.name.startsWith(".") ? [] : [{ path, file }];
  }
  const reader = entry.createReader();
  const found = [];
  // A folder is read in parts; an empty one ends it.
  for (;;) {
    const part = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!part.length) break;
    for (const child of part) found.push(...(await walk(child, `${path}/`)));
  }
  return found;
}

customElements.define("file-upload", FileUpload);
