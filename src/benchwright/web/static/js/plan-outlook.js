// Beside the plan's form: the load over time and the script, as the server makes them of what is typed.

const OUTLOOK_MS = 250;
const SCRIPT_MS = 600;
/** What the load does not follow from, and can be long. */
const NO_LOAD = /(^|\.)(body|headers|csv|description|environment|values)($|\.)|^setup/;

export class Beside {
  /** @param {HTMLElement} page @param {HTMLFormElement} form */
  constructor(page, form) {
    this.page = page;
    this.form = form;
    this.outlook = page.querySelector("[data-outlook]");
    this.script = page.querySelector("[data-script]");
    this.tabs = page.querySelector("[data-tabs]");
    if (!this.outlook || !this.tabs) return;
    this.tabs.hidden = false;
    this.buttons = [...this.tabs.querySelectorAll("[role=tab]")];
    for (const button of this.buttons) button.addEventListener("click", () => this.select(button));
    this.tabs.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      const other = this.buttons.find((button) => button !== document.activeElement);
      this.select(other);
      other.focus();
    });
    this.select(this.buttons[this.script.querySelector("pre") ? 1 : 0], false);
    this.offerCopy();
  }

  /** @param {HTMLElement} chosen */
  select(chosen, refresh = true) {
    for (const button of this.buttons) {
      const isChosen = button === chosen;
      button.setAttribute("aria-selected", String(isChosen));
      button.tabIndex = isChosen ? 0 : -1;
      document.getElementById(button.getAttribute("aria-controls")).hidden = !isChosen;
    }
    if (refresh) this.changed(0);
  }

  get showsScript() {
    return !document.getElementById("panel-script").hidden;
  }

  /** @param {number} [wait_ms] */
  changed(wait_ms) {
    if (!this.outlook || !this.tabs) return;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.refreshOutlook(), wait_ms ?? OUTLOOK_MS);
    clearTimeout(this.waitingScript);
    if (this.showsScript) this.waitingScript = setTimeout(() => this.refreshScript(), wait_ms ?? SCRIPT_MS);
  }

  async refreshOutlook() {
    const fields = [...new FormData(this.form)].filter(([name]) => !NO_LOAD.test(name.replace(/^scenarios\.\d+\./, "")));
    const part = await this.ask("outlook", fields);
    if (!part) return;
    this.outlook.replaceChildren(...part.childNodes);
    const brief = this.page.querySelector("[data-brief-place]");
    if (brief) brief.textContent = this.outlook.querySelector("[data-brief]")?.textContent ?? "";
    const summaries = this.outlook.querySelectorAll("[data-summaries] li");
    [...this.page.querySelectorAll("[data-scenario] [data-summary]")].forEach((place, index) => {
      const summary = summaries[index];
      if (!summary) return;
      place.textContent = summary.textContent;
      place.classList.toggle("is-faulty", summary.hasAttribute("data-faulty"));
    });
  }

  async refreshScript() {
    this.script.setAttribute("aria-busy", "true");
    const part = await this.ask("script", [...new FormData(this.form)]);
    this.script.removeAttribute("aria-busy");
    if (!part) return;
    const made = this.script.querySelector("[data-made]");
    // While something is wrong the last script stays, with what is wrong above it.
    if (!part.querySelector("[data-made]") && made) part.append(made);
    const place = made?.querySelector("pre")?.scrollTop ?? 0;
    this.script.replaceChildren(...part.childNodes);
    const shown = this.script.querySelector("pre");
    if (shown) shown.scrollTop = place;
  }

  /** @param {"outlook" | "script"} part @param {[string, FormDataEntryValue][]} fields */
  async ask(part, fields) {
    this.asked ??= {};
    this.asked[part]?.abort();
    const aborter = (this.asked[part] = new AbortController());
    try {
      const response = await fetch(`${this.page.dataset.root}/${part}`, {
        method: "POST",
        body: new URLSearchParams(/** @type {any} */ (fields)),
        headers: { Accept: "text/html" },
        signal: aborter.signal,
      });
      if (!response.ok || response.redirected) return null;
      return new DOMParser().parseFromString(await response.text(), "text/html").body;
    } catch {
      return null; // what is shown stays
    }
  }

  offerCopy() {
    const place = this.page.querySelector("[data-leaves]");
    if (!place || !navigator.clipboard) return;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button small quiet", textContent: "Copy the script" });
    button.addEventListener("click", async () => {
      await this.refreshScript();
      await navigator.clipboard.writeText(this.script.querySelector("pre")?.textContent ?? "");
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = "Copy the script"), 2000);
    });
    place.before(button);
  }
}
