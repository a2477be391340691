// <fresh-part every="5" part="id">: draws a part of the page anew while something in it goes on.

import { refreshParts } from "./parts.js";

class FreshPart extends HTMLElement {
  connectedCallback() {
    const seconds = Number(this.getAttribute("every") ?? 5);
    this.timer = setInterval(() => {
      if (!document.hidden) refreshParts([this.getAttribute("part") ?? ""]);
    }, seconds * 1000);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }
}

customElements.define("fresh-part", FreshPart);
