// Parts of a page that wait to be drawn: some with each frame, so that no frame takes long.

const FRAME_BUDGET_MS = 20;

export class DrawQueue {
  constructor() {
    /** @type {Set<{draw: () => void}>} */
    this.waiting = new Set();
    this.frame = 0;
  }

  /** Draws with the next frames, a few ms in each. @param {{draw: () => void}} part */
  add(part) {
    this.waiting.add(part);
    this.frame ||= requestAnimationFrame(() => this.drawSome());
  }

  drawSome() {
    this.frame = 0;
    const began = performance.now();
    for (const part of this.waiting) {
      this.waiting.delete(part);
      part.draw();
      if (performance.now() - began > FRAME_BUDGET_MS) break;
    }
    if (this.waiting.size) this.frame = requestAnimationFrame(() => this.drawSome());
  }
}
