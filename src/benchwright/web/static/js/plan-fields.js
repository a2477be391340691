// The parts of the plan's form: <value-field>, <row-list>, <body-editor>, and fields that depend on a choice.

/** Shows the fields that a choice takes. @param {ParentNode} root */
export function showChosen(root) {
  for (const choice of root.querySelectorAll("[data-choice]")) showFields(choice);
  for (const box of root.querySelectorAll("[data-shows]")) showBoxed(box);
}

/** @param {HTMLSelectElement} choice */
export function showFields(choice) {
  for (const part of choice.closest("[data-scope]")?.querySelectorAll("[data-for]") ?? []) {
    part.hidden = !part.dataset.for.split(" ").includes(choice.value);
  }
}

/** @param {HTMLInputElement} box */
export function showBoxed(box) {
  const boxed = box.closest("[data-box]")?.querySelector("[data-boxed]");
  if (boxed) boxed.hidden = !box.checked;
}

const VALUES = [
  ["A list, one after the other", () => '["a", "b", "c"]'],
  ["A list, at random", () => '{"values": ["a", "b", "c"], "order": "random"}'],
  ["A column of a data file", column],
  ["A random whole number", () => '{"generate": "integer", "min": 1, "max": 100}'],
  ["A random number", () => '{"generate": "number", "min": 0, "max": 1, "decimals": 2}'],
  ["A number that none other gets", () => '{"generate": "sequence", "start": 1}'],
  ["A UUID", () => '{"generate": "uuid"}'],
  ["A word", () => '{"generate": "word"}'],
  ["Random characters", () => '{"generate": "string", "length": 12}'],
  ["One of some, at random", () => '{"generate": "choice", "of": ["a", "b"]}'],
  ["The time now", () => '{"generate": "timestamp", "format": "iso"}'],
  ["A variable", () => '{"env": "NAME"}'],
];

/** The first column of the first data file, if there is one. @param {Element} field */
function column(field) {
  const form = field.closest("form");
  const name = form?.querySelector('[name^="data_files."][name$=".name"]')?.value.trim() || "users";
  const head = form?.querySelector('[name^="data_files."][name$=".csv"]')?.value.split("\n", 1)[0] ?? "";
  return JSON.stringify({ csv: name, column: head.split(/[,;\t|]/, 1)[0].trim().replace(/^"|"$/g, "") || "id" }).replace(/([:,])"/g, '$1 "');
}

class ValueField extends HTMLElement {
  connectedCallback() {
    const input = this.querySelector("input");
    const label = this.querySelector("label");
    if (!input || this.querySelector("select")) return;
    const choice = document.createElement("select");
    choice.className = "value-kind";
    choice.setAttribute("aria-label", `Vary ${label?.textContent ?? "the value"}`);
    choice.append(new Option("Vary", ""), ...VALUES.map(([name], index) => new Option(name, String(index))));
    // A secret in an address would stand in logs.
    if (/\.(headers|values\.cookie)\./.test(input.name)) choice.append(new Option("A stored secret", "secret"));
    choice.addEventListener("change", () => {
      input.value = choice.value === "secret" ? '{"secret": "NAME"}' : VALUES[Number(choice.value)][1](this);
      choice.value = "";
      input.focus();
      input.dispatchEvent(new Event("input", { bubbles: true }));
    });
    choice.addEventListener("input", (event) => event.stopPropagation());
    input.after(choice); // in the order of the keyboard; it stands beside the label
  }
}

class RowList extends HTMLElement {
  connectedCallback() {
    const rows = this.querySelectorAll("[data-row]");
    const spare = this.querySelector("[data-spare]");
    if (!spare || this.pattern) return;
    this.next = rows.length - 1;
    this.pattern = spare;
    spare.remove();
    const add = document.createElement("button");
    add.type = "button";
    add.className = "button small";
    add.textContent = "Add";
    add.setAttribute("aria-label", `Add: ${this.querySelector("legend")?.textContent ?? ""}`);
    add.addEventListener("click", () => this.add());
    this.querySelector("fieldset").append(add);
    this.end = add;
    for (const row of this.querySelectorAll("[data-row]")) this.furnish(row);
  }

  add() {
    const row = this.pattern.cloneNode(true);
    const number = this.next++;
    row.removeAttribute("data-spare");
    for (const element of row.querySelectorAll("[name], [for], [id]")) {
      for (const attribute of ["name", "id", "for", "aria-describedby"]) {
        const text = element.getAttribute(attribute);
        if (text) element.setAttribute(attribute, text.replace(/\d+([.-]\D*)$/, `${number}$1`));
      }
    }
    this.end.before(row);
    this.furnish(row);
    showChosen(row.parentElement);
    row.querySelector("select, input")?.focus();
  }

  /** @param {Element} row */
  furnish(row) {
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "button small quiet row-remove";
    remove.textContent = "Remove";
    remove.addEventListener("click", () => {
      row.remove();
      this.end.focus();
      this.dispatchEvent(new Event("input", { bubbles: true }));
    });
    row.append(remove);
    const csv = row.querySelector("[data-csv]");
    if (csv) this.offerFile(row, csv);
  }

  /** @param {Element} row @param {HTMLTextAreaElement} csv */
  offerFile(row, csv) {
    const input = Object.assign(document.createElement("input"), { type: "file", accept: ".csv,.tsv,.txt", className: "input" });
    input.setAttribute("aria-label", "Read the CSV from a file");
    input.addEventListener("change", async () => {
      const file = input.files?.[0];
      if (!file || file.size > 4_000_000) return;
      csv.value = await file.text();
      const name = row.querySelector('[name$=".name"]');
      if (!name.value) name.value = file.name.replace(/\.\w+$/, "").replace(/[^\w.-]/g, "_").slice(0, 100);
      csv.dispatchEvent(new Event("input", { bubbles: true }));
    });
    csv.after(input);
  }
}

class BodyEditor extends HTMLElement {
  connectedCallback() {
    this.area = this.querySelector("textarea");
    if (!this.area || this.tools) return;
    this.example = JSON.parse(this.querySelector("[data-example]")?.textContent ?? "null");
    this.tools = document.createElement("p");
    this.tools.className = "row";
    if (this.dataset.language === "json") this.offer("Pretty-print", () => this.prettify());
    if (this.example !== null) this.offer("Reset to the example", () => this.put(this.example));
    this.append(this.tools);
    const details = this.closest("details");
    details?.addEventListener("toggle", () => this.load());
    this.load();
  }

  /** The editor is fetched when someone wants to see it. */
  async load() {
    for (let place = this.closest("details"); place; place = place.parentElement.closest("details")) {
      if (!place.open) return;
    }
    if (this.querySelector("code-editor") || !this.dataset.language) return;
    const editor = document.createElement("code-editor");
    editor.dataset.language = this.dataset.language;
    const field = this.querySelector(".field");
    const [parent, next] = [field.parentNode, field.nextSibling];
    // The field first: an editor that is known already looks for it as soon as it stands in the page.
    editor.append(field);
    parent.insertBefore(editor, next);
    await import("./code-editor.js");
  }

  /** @param {string} text @param {() => void} act */
  offer(text, act) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button small quiet", textContent: text });
    button.addEventListener("click", act);
    this.tools.append(button);
  }

  /** @param {string} text */
  put(text) {
    const editor = this.querySelector("code-editor");
    if (editor?.view) editor.setText(text);
    else {
      this.area.value = text;
      this.area.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  prettify() {
    try {
      this.put(JSON.stringify(JSON.parse(this.area.value), null, 2));
    } catch {
      this.querySelector("code-editor")?.view?.focus();
    }
  }
}

customElements.define("value-field", ValueField);
customElements.define("row-list", RowList);
customElements.define("body-editor", BodyEditor);
