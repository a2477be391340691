// Which endpoints are chosen: also those that the filter hides, and after the page was loaded anew.

const LONGEST_ADDRESS = 150; // endpoints in an address; proxies refuse much longer ones

export class ChosenEndpoints {
  /** @param {HTMLElement} browser @param {import("./endpoint-list.js").EndpointList} list */
  constructor(browser, list) {
    this.browser = browser;
    this.list = list;
    this.key = `chosen endpoints ${browser.dataset.key}`;
    /** @type {Set<string>} */
    this.ids = new Set();
    for (const box of browser.querySelectorAll("input[name=endpoint]")) {
      if (box.type === "hidden" || box.checked) this.ids.add(box.value);
      if (box.type === "hidden") box.remove();
    }
    // What the address presets counts, otherwise what was chosen before.
    if (!("preset" in browser.dataset)) {
      for (const id of recall(this.key)) this.ids.add(id);
    }
  }

  /** A box of an endpoint, of a tag or of all was clicked; whether it was one of these. */
  change(box) {
    if (box.name === "endpoint") this.put([this.list.byId.get(box.value)], box.checked);
    else if (box.hasAttribute("data-all")) this.put(this.list.visible(), box.checked);
    else if (box.hasAttribute("data-tag-box")) {
      const head = this.list.heads.find((each) => each.element.contains(box));
      this.put(head.rows.filter((row) => row.matches), box.checked);
    } else return false;
    return true;
  }

  put(rows, isChosen) {
    for (const row of rows) {
      row.isChosen = row.box.checked;
      if (isChosen) this.ids.add(row.id);
      else this.ids.delete(row.id);
    }
    this.keep();
  }

  clear() {
    this.ids.clear();
    this.keep();
  }

  keep() {
    try {
      sessionStorage.setItem(this.key, JSON.stringify([...this.ids]));
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  }

  /** An endpoint may have gone since it was chosen. */
  forgetUnknown(isComplete) {
    if (isComplete) {
      for (const id of this.ids) if (!this.list.byId.has(id)) this.ids.delete(id);
    }
    this.keep();
  }

  show() {
    let visibleChosen = 0;
    for (const head of this.list.heads) {
      let all = 0;
      for (const row of head.rows) {
        const isChosen = this.ids.has(row.id);
        if (row.isChosen !== isChosen) {
          row.isChosen = isChosen;
          row.box.checked = isChosen;
          row.element.classList.toggle("is-chosen", isChosen);
        }
        if (isChosen && row.matches) all += 1;
      }
      visibleChosen += all;
      this.showHead(head, all);
    }
    this.showBar(visibleChosen);
  }

  showHead(head, chosen) {
    if (!head.shown) return;
    head.box ??= head.element.querySelector("[data-tag-box]");
    head.count ??= head.element.querySelector("[data-tag-count]");
    if (head.wasShown !== head.shown) {
      head.wasShown = head.shown;
      head.box.hidden = head.count.hidden = false;
      head.count.textContent = head.shown.toLocaleString("en");
      head.box.setAttribute("aria-label", `All ${head.shown} of ${head.name.slice(0, 200)}`);
    }
    const state = `${chosen} of ${head.shown}`;
    if (head.state !== state) setBox(head.box, chosen, head.shown);
    head.state = state;
  }

  showBar(visibleChosen) {
    const { browser, list, ids } = this;
    const part = (name) => browser.querySelector(`[data-${name}]`);
    const number = ids.size;
    const most = Number(browser.dataset.most);
    const formHolds = Number(browser.dataset.formHolds);
    setBox(part("all"), visibleChosen, list.shown);
    part("all-text").textContent = list.shown === list.rows.length ? "All" : "All shown";
    const hidden = number - visibleChosen;
    const beyond = hidden && number ? `, ${hidden.toLocaleString("en")} not shown` : "";
    part("chosen").textContent = number ? `${number.toLocaleString("en")} chosen${beyond}` : "";
    part("clear").hidden = !number;
    part("set-up").disabled = !number || number > most;
    const limit = part("limit");
    limit.hidden = number <= formHolds;
    limit.textContent =
      number > most
        ? `At most ${most.toLocaleString("en")} endpoints fit into one load test.`
        : `More than ${formHolds} scenarios do not fit into a form: the plan will open as text.`;
  }

  /** Sends what is chosen, wherever it is shown. */
  submit(event, form) {
    event.preventDefault();
    const ids = [...this.ids];
    const sent = document.createElement("form");
    const isShort = ids.length <= LONGEST_ADDRESS;
    sent.method = isShort ? "get" : "post";
    sent.action = isShort ? event.submitter.formAction : this.browser.dataset.chooser;
    sent.hidden = true;
    const fields = [...form.querySelectorAll("[data-field]")].map((field) => [field.name, field.value]);
    const pairs = [...fields, ...ids.map((id) => ["endpoint", id])];
    for (const [name, value] of pairs) {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name, value });
      sent.append(field);
    }
    form.after(sent);
    sent.submit();
    sent.remove();
  }
}

function setBox(box, chosen, all) {
  box.checked = all > 0 && chosen === all;
  box.indeterminate = chosen > 0 && chosen < all;
}

function recall(key) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(key) ?? "[]");
    return Array.isArray(kept) ? kept.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
}
