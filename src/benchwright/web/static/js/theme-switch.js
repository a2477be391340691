// <theme-switch>: a button that goes through the system's theme, light and dark.

const CHOICES = ["system", "light", "dark"];

class ThemeSwitch extends HTMLElement {
  connectedCallback() {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button quiet";
    button.append(themeIcon());
    button.addEventListener("click", () => {
      const next = CHOICES[(CHOICES.indexOf(current()) + 1) % CHOICES.length];
      choose(next);
      this.show();
    });
    this.replaceChildren(button);
    this.show();
  }

  show() {
    const names = { system: "System theme", light: "Light theme", dark: "Dark theme" };
    const button = this.querySelector("button");
    button.setAttribute("aria-label", names[current()]);
    button.title = `${names[current()]}: press to change`;
  }
}

function current() {
  return document.documentElement.dataset.theme ?? "system";
}

/** @param {string} theme */
function choose(theme) {
  show(theme);
  try {
    if (theme === "system") localStorage.removeItem("theme");
    else localStorage.setItem("theme", theme);
  } catch {
    // It holds for this page only.
  }
}

/** @param {string} theme */
function show(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  document.dispatchEvent(new Event("themechange"));
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
  document.dispatchEvent(new Event("themechange")),
);

// Paper is light.
let onScreen = "system";
window.addEventListener("beforeprint", () => {
  onScreen = current();
  show("light");
});
window.addEventListener("afterprint", () => show(onScreen));

function themeIcon() {
  const brand = document.querySelector(".brand use");
  const sprite = brand?.getAttribute("href")?.split("#")[0] ?? "";
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sprite}#theme`);
  svg.append(use);
  return svg;
}

customElements.define("theme-switch", ThemeSwitch);
