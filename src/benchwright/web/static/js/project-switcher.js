// <project-switcher>: lists the projects when it is opened, and filters them as one types.

class ProjectSwitcher extends HTMLElement {
  connectedCallback() {
    this.menu = /** @type {HTMLDetailsElement} */ (this.querySelector("details"));
    this.field = /** @type {HTMLInputElement} */ (this.querySelector("input"));
    this.list = /** @type {HTMLElement} */ (this.querySelector("[data-projects]"));
    this.menu.addEventListener("toggle", () => {
      if (!this.menu.open) return;
      this.field.focus();
      this.load();
    });
    this.field.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.load(), 120);
    });
    this.field.form?.addEventListener("submit", (event) => {
      const only = this.field.value.trim() ? this.list.querySelector("a") : null;
      if (!only) return;
      event.preventDefault();
      location.assign(only.href);
    });
  }

  async load() {
    const text = this.field.value.trim();
    const root = document.body.dataset.root ?? "";
    const address = new URL(`${root}/p.json`, location.href);
    address.searchParams.set("limit", "30");
    if (text) address.searchParams.set("q", text);
    let page;
    try {
      const response = await fetch(address);
      if (!response.ok) return;
      page = await response.json();
    } catch {
      return; // the links below the list lead to all projects
    }
    if (text !== this.field.value.trim()) return;
    this.list.replaceChildren(
      ...page.items.map((/** @type {{slug: string, name: string}} */ project) => {
        const [item, link] = [document.createElement("li"), document.createElement("a")];
        link.href = `${root}/p/${project.slug}/`;
        link.textContent = project.name;
        link.title = project.name;
        link.dir = "auto";
        if (project.slug === document.body.dataset.project) link.setAttribute("aria-current", "true");
        item.append(link);
        return item;
      }),
    );
  }
}

customElements.define("project-switcher", ProjectSwitcher);
