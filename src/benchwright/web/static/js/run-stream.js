// The events of one run. The browser reconnects by itself; where it gives up, this goes on.

const RETRY_MS = [1000, 2000, 4000, 8000];

export class RunStream {
  /**
   * @param {string} address
   * @param {string} after the cursor to go on from
   * @param {Record<string, (data: any) => void>} handlers by event; `connection` hears of losses
   */
  constructor(address, after, handlers) {
    this.address = address;
    this.after = after;
    this.handlers = handlers;
    this.attempts = 0;
    this.open();
  }

  open() {
    this.source = new EventSource(`${this.address}?after=${encodeURIComponent(this.after)}`);
    this.source.addEventListener("open", () => {
      this.attempts = 0;
      this.handlers.connection(true);
    });
    this.source.addEventListener("error", () => this.onError());
    for (const name of ["state", "progress", "metrics", "log", "event", "end"]) {
      this.source.addEventListener(name, (event) => {
        if (event.lastEventId) this.after = event.lastEventId;
        this.handlers[name]?.(JSON.parse(event.data));
      });
    }
  }

  onError() {
    this.handlers.connection(false);
    // While it is CONNECTING the browser tries again; after a refusal it never would.
    if (this.source.readyState !== EventSource.CLOSED) return;
    const wait = RETRY_MS[Math.min(this.attempts, RETRY_MS.length - 1)];
    this.attempts += 1;
    this.timer = setTimeout(() => this.open(), wait);
  }

  close() {
    clearTimeout(this.timer);
    this.source.close();
  }
}
