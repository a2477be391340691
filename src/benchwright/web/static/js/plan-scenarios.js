// The cards of the plan's form: opened, moved, removed, filled when they were folded.

import { showChosen } from "./plan-fields.js";

const SERIES = 8;
const SHARED = [
  "executor", "rate", "vus", "duration", "iterations", "stages", "start_rate", "start_vus", "time_unit",
  "pre_allocated_vus", "max_vus", "max_duration", "graceful_ramp_down", "graceful_stop", "think_time_s",
  "targets.response_time", "targets.response_time.stat", "targets.error_rate",
];

export class Scenarios {
  /** @param {HTMLElement} page @param {HTMLFormElement} form @param {() => void} changed */
  constructor(page, form, changed) {
    this.page = page;
    this.form = form;
    this.changed = changed;
    this.list = form.querySelector("[data-scenarios]");
    if (!this.list) return;
    this.list.addEventListener("toggle", (event) => this.fill(event.target), true);
    this.list.addEventListener("click", (event) => {
      const button = event.target.closest("[data-for-all]");
      if (button) this.useForAll(button.closest("[data-scenario]"));
    });
    this.list.addEventListener("input", (event) => {
      if (event.target.matches("[data-names]")) {
        event.target.closest("[data-scenario]").querySelector("[data-name]").textContent = event.target.value;
      }
    });
  }

  get cards() {
    return [...this.list.querySelectorAll("[data-scenario]")];
  }

  /** What can be done here, without asking the server. @param {HTMLButtonElement} button */
  move(button) {
    const card = button.closest("[data-scenario]");
    const other = button.dataset.move === "up" ? card.previousElementSibling : card.nextElementSibling;
    switch (button.dataset.move) {
      case "up":
        other?.before(card);
        break;
      case "down":
        other?.after(card);
        break;
      case "remove":
        this.remove(card);
        break;
      default:
        // The server knows scenarios by their place in the form.
        button.value = `${button.dataset.move}:${this.cards.indexOf(card)}`;
        return false;
    }
    if (card.isConnected) button.focus();
    this.recount();
    return true;
  }

  /** @param {HTMLElement} card */
  remove(card) {
    const next = card.nextElementSibling;
    const note = this.page.querySelector("[data-removed]");
    const neighbour = next ?? card.previousElementSibling;
    card.remove();
    const undo = Object.assign(document.createElement("button"), { type: "button", className: "button small", textContent: "Undo" });
    undo.addEventListener("click", () => {
      if (next?.isConnected) next.before(card);
      else this.list.append(card);
      note.replaceChildren();
      card.querySelector("summary").focus();
      this.recount();
    });
    const label = card.querySelector("h3").textContent.trim().replace(/\s+/g, " ");
    note.replaceChildren(`Removed ${label.slice(0, 120)} `, undo);
    (neighbour?.querySelector("summary") ?? undo).focus();
  }

  /** Colours go by place, as those of a run do. */
  recount() {
    this.cards.forEach((card, index) => {
      const dot = card.querySelector(".load-dot circle");
      dot.setAttribute("class", `series-${(index % SERIES) + 1}${index >= SERIES ? " is-rest" : ""}`);
    });
    const count = this.page.querySelector("#scenarios-title .count");
    if (count) count.textContent = String(this.cards.length);
    this.changed();
  }

  /** @param {HTMLDetailsElement} details */
  async fill(details) {
    const card = details.parentElement;
    const folded = details.open && card.matches("[data-scenario]") && card.querySelector('input[name$=".fields"]');
    if (!folded || card.hasAttribute("aria-busy")) return;
    const number = folded.name.split(".")[1];
    const place = card.querySelector("[data-fields]");
    card.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(`${this.page.dataset.root}/card?number=${number}`, {
        method: "POST",
        body: new URLSearchParams({ [folded.name]: folded.value }),
        headers: { Accept: "text/html" },
      });
      if (!response.ok || response.redirected) throw new Error(response.statusText);
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
      place.replaceChildren(...fresh.body.childNodes);
      for (const part of place.querySelectorAll("[data-scripted]")) part.hidden = false;
      showChosen(place);
    } catch {
      details.open = false; // its fields are still in the form, folded
    } finally {
      card.removeAttribute("aria-busy");
    }
  }

  /** @param {HTMLElement} from */
  useForAll(from) {
    const values = Object.fromEntries(SHARED.map((name) => [name, field(from, name)?.value ?? ""]));
    for (const card of this.cards) {
      if (card === from) continue;
      const folded = card.querySelector('input[name$=".fields"]');
      if (folded) {
        folded.value = JSON.stringify({ ...JSON.parse(folded.value), ...values });
        continue;
      }
      for (const [name, value] of Object.entries(values)) {
        const other = field(card, name);
        if (other) other.value = value;
      }
      for (const editor of card.querySelectorAll("stage-editor")) editor.rows && editor.draw();
      showChosen(card);
    }
    this.changed();
    const note = this.page.querySelector("[data-removed]");
    note.textContent = `All ${this.cards.length} scenarios have this load and these targets now.`;
  }
}

/** @param {Element} card @param {string} name */
const field = (card, name) => card.querySelector(`[name="scenarios.${card.querySelector("[name]").name.split(".")[1]}.${name}"]`);
