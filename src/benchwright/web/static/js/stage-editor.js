// <stage-editor>: rows for the stages that the text field in it holds as `30s:50, 1m:50`, below their picture.

import { StagePicture } from "./stage-picture.js";

const PRESETS = {
  "Ramp up, hold, down": (/** @type {number} */ top) => [["30s", top], ["2m", top], ["15s", 0]],
  Spike: (/** @type {number} */ top) => [["30s", share(top, 0.1)], ["5s", top], ["30s", top], ["5s", share(top, 0.1)], ["30s", share(top, 0.1)]],
  "Stress, in steps": (/** @type {number} */ top) => [0.25, 0.5, 0.75, 1].flatMap((part) => [["10s", share(top, part)], ["1m", share(top, part)]]),
  Soak: (/** @type {number} */ top) => [["1m", top], ["1h", top], ["1m", 0]],
};

/** @param {number} top @param {number} part */
const share = (top, part) => Math.max(1, Math.round(top * part));

/** @param {string} text */
function readStages(text) {
  const stages = text.split(/[,;\n]+/).map((part) => part.trim()).filter(Boolean).map((part) => part.split(":").map((side) => side.trim()));
  return stages.every((stage) => stage.length === 2) ? stages : null;
}

class StageEditor extends HTMLElement {
  connectedCallback() {
    if (this.rows) return;
    this.input = this.querySelector("input");
    if (!this.input || !readStages(this.input.value)) return;
    this.box = make("div", { className: "stages", role: "group", ariaLabel: "Stages" });
    this.picture = new StagePicture({ read: () => readStages(this.input.value), start: () => this.start(), change: (...stage) => this.change(...stage) });
    this.box.append(this.picture.element);
    this.rows = this.box.appendChild(make("ol", { className: "plain" }));
    const tools = this.box.appendChild(make("div", { className: "row" }));
    tools.append(this.button("Add a stage", "button small", () => this.add()), this.presets());
    this.input.before(this.box);
    this.input.hidden = true;
    const help = this.querySelector(".help");
    if (help) help.textContent = "Within each stage the load goes straight to its target. Drag the corners, or type. Alt with ↑ or ↓ moves a stage.";
    this.querySelector("label")?.removeAttribute("for");
    this.draw();
    this.box.addEventListener("input", () => this.write());
    this.box.addEventListener("keydown", (event) => this.onKey(event));
  }

  focus() {
    (this.box?.querySelector("input") ?? this.input)?.focus();
  }

  draw() {
    this.rows.replaceChildren(...(readStages(this.input.value) ?? []).map(([duration, target]) => this.row(duration, target)));
    this.count();
    this.picture.draw();
  }

  /** Where the first stage begins. */
  start() {
    const prefix = this.input.name.replace(/stages$/, "");
    const field = (/** @type {string} */ name) => this.input.form?.elements.namedItem(prefix + name);
    return Number(field(field("executor")?.value === "ramping-vus" ? "start_vus" : "start_rate")?.value) || 0;
  }

  /** @param {number} index @param {string} duration @param {string} target */
  change(index, duration, target) {
    const [first, second] = this.rows.children[index].querySelectorAll("input");
    if (first.value === duration && second.value === target) return;
    [first.value, second.value] = [duration, target];
    this.write();
  }

  /** @param {string} duration @param {string} target */
  row(duration, target) {
    const row = make("li", { className: "stage" });
    const field = (/** @type {string} */ kind, /** @type {string} */ value) =>
      make("input", { className: "input", value, size: 6 }, { "data-stage": kind, "aria-invalid": this.input.getAttribute("aria-invalid") });
    row.append(
      field("duration", duration), "to", field("target", target),
      this.button("↑", "button small quiet", () => this.move(row, -1), "Move up"),
      this.button("↓", "button small quiet", () => this.move(row, 1), "Move down"),
      this.button("✕", "button small quiet", () => this.remove(row), "Remove"),
    );
    return row;
  }

  /** Each control says which stage it belongs to. */
  count() {
    [...this.rows.children].forEach((row, index) => {
      for (const input of row.querySelectorAll("input")) {
        input.setAttribute("aria-label", `Stage ${index + 1}, ${input.dataset.stage}`);
      }
      for (const button of row.querySelectorAll("button")) {
        button.setAttribute("aria-label", `${button.title} stage ${index + 1}`);
      }
    });
  }

  add() {
    const last = this.rows.lastElementChild;
    const [duration, target] = last ? [...last.querySelectorAll("input")].map((input) => input.value) : ["30s", "10"];
    const row = this.rows.appendChild(this.row(duration, target));
    this.write();
    row.querySelector("input").focus();
  }

  /** @param {Element} row @param {number} by */
  move(row, by) {
    const other = by < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    const focused = document.activeElement;
    if (by < 0) other.before(row);
    else other.after(row);
    focused?.focus();
    this.write();
  }

  /** @param {Element} row */
  remove(row) {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    this.write();
    (next?.querySelector("input") ?? this.box.querySelector(":scope > .row button"))?.focus();
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const row = event.target.closest(".stage");
    if (!row) return;
    if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      this.move(row, event.key === "ArrowUp" ? -1 : 1);
    } else if (event.key === "Enter" && event.target.matches("input")) {
      event.preventDefault();
      this.add();
    }
  }

  write() {
    const texts = [...this.rows.children].map((row) => [...row.querySelectorAll("input")].map((input) => input.value.trim().replace(/[,;:\n]/g, "")).join(":"));
    this.input.value = texts.join(", ");
    this.count();
    this.picture.draw();
    this.input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  presets() {
    const choice = make("select", { className: "input", ariaLabel: "Stages like" });
    choice.append(new Option("Stages like…", ""), ...Object.keys(PRESETS).map((name) => new Option(name, name)));
    choice.addEventListener("input", (event) => event.stopPropagation());
    choice.addEventListener("change", () => {
      const top = Math.max(10, ...(readStages(this.input.value) ?? []).map(([, target]) => Number(target) || 0));
      this.input.value = PRESETS[choice.value](top).map((stage) => stage.join(":")).join(", ");
      choice.value = "";
      this.draw();
      this.write();
    });
    return choice;
  }

  /** @param {string} text @param {string} className @param {() => void} act @param {string} [title] */
  button(text, className, act, title = "") {
    const button = make("button", { type: "button", className, textContent: text, title });
    button.addEventListener("click", act);
    return button;
  }
}

/** @param {string} name @param {object} properties @param {Record<string, string | null>} [attributes] */
function make(name, properties, attributes = {}) {
  const element = Object.assign(document.createElement(name), properties);
  for (const [key, value] of Object.entries(attributes)) if (value !== null) element.setAttribute(key, value);
  return element;
}

customElements.define("stage-editor", StageEditor);
