// The worker that Python is in, from outside: one request at a time, each with a limit. What does not
// end is ended with its worker, and the next request gets a fresh one.

export class Interpreter {
  constructor(address) {
    this.address = address;
    this.worker = null;
    this.request = null;
  }

  // Begins to load, so that the first request finds Python there.
  start() {
    if (this.worker) return;
    this.worker = new Worker(this.address, { type: "module" });
    this.worker.onmessage = ({ data }) => this.#receive(data);
    this.worker.onerror = (event) => this.#receive({ kind: "failed", message: event.message });
  }

  // Resolves to "done", "late", "stopped", "broken" or "failed". `tell` hears of all else; `limit` are
  // seconds without a word from the worker after which there is no waiting on.
  ask(message, limit, tell) {
    this.start();
    return new Promise((resolve) => {
      this.request = { limit, tell, resolve, timer: 0 };
      this.worker.postMessage(message);
    });
  }

  stop() {
    if (this.request) this.#end("stopped");
  }

  #receive(data) {
    if (data.kind === "failed" || data.kind === "broken") return this.#end(data.kind, data);
    if (!this.request) return;
    if (data.kind === "done") return this.#answer("done");
    this.request.tell(data);
    if (data.kind === "begun" || data.kind === "heard") this.#wait();
  }

  #wait() {
    const { request } = this;
    clearTimeout(request.timer);
    request.timer = setTimeout(() => this.#end("late"), 1000 * request.limit);
  }

  #end(outcome, data = {}) {
    this.worker.terminate();
    this.worker = null;
    if (this.request) this.#answer(outcome, data);
  }

  #answer(outcome, data = {}) {
    const { request } = this;
    clearTimeout(request.timer);
    this.request = null;
    request.resolve({ outcome, message: data.message ?? "" });
  }
}
