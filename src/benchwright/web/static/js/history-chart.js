// <history-chart>: says above the points what each of them is, and is one stop for the Tab key:
// the arrow keys go from run to run. Without it each point is a link with a title.

class HistoryChart extends HTMLElement {
  connectedCallback() {
    this.dots = [...this.querySelectorAll("a")];
    this.lines = [...this.querySelectorAll(".history-tip text")];
    for (const dot of this.dots) {
      const title = dot.querySelector("title");
      // The browser's own bubble would say it again.
      dot.setAttribute("aria-label", (title?.textContent ?? "").replace("\n", ", "));
      dot.setAttribute("data-text", title?.textContent ?? "");
      title?.remove();
      dot.setAttribute("tabindex", "-1");
    }
    this.dots.at(-1)?.setAttribute("tabindex", "0");
    this.addEventListener("keydown", (event) => this.go(event));
    this.addEventListener("focusin", (event) => this.reach(event.target));
    this.addEventListener("pointerover", (event) => this.tell(event.target));
    this.addEventListener("focusout", () => this.tell(null));
    this.addEventListener("pointerleave", () => this.tell(document.activeElement));
  }

  /** @param {KeyboardEvent} event */
  go(event) {
    const at = this.dots.findIndex((dot) => dot === document.activeElement);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: this.dots.length - 1 }[event.key];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    this.dots[to]?.focus();
  }

  /** @param {EventTarget | null} target */
  reach(target) {
    for (const dot of this.dots) dot.setAttribute("tabindex", dot === target ? "0" : "-1");
    this.tell(target);
  }

  /** @param {EventTarget | null} target */
  tell(target) {
    const dot = target instanceof Element ? target.closest("a") : null;
    const said = dot && this.contains(dot) ? (dot.dataset?.text ?? dot.getAttribute("data-text") ?? "") : "";
    const lines = said.split("\n");
    this.lines.forEach((line, index) => {
      line.textContent = lines[index] ?? "";
    });
  }
}

customElements.define("history-chart", HistoryChart);
