// What was typed, kept in this browser, by file. A text that another tab has put there meanwhile is
// never written over unasked.

const PREFIX = "zth:python:";

export function keyOf(path) {
  return PREFIX + path;
}

// Whether there is something of this lesson to go on with.
export function started(lesson) {
  try {
    return Object.keys(localStorage).some((key) => key.startsWith(keyOf(`${lesson}_`)));
  } catch {
    return false; // a browser may refuse even the question
  }
}

export class Draft {
  constructor(path, stub) {
    this.key = keyOf(path);
    this.stub = stub;
    this.known = this.#stored(); // what is there, as far as this tab knows; null: nothing
  }

  get text() {
    return this.known ?? this.stub;
  }

  #stored() {
    try {
      return localStorage.getItem(this.key);
    } catch {
      return null;
    }
  }

  // "kept"; "refused" by the browser; or "elsewhere", where another tab was here.
  save(text) {
    if (this.#stored() !== this.known) return "elsewhere";
    return this.insist(text);
  }

  // The same, whatever another tab has written.
  insist(text) {
    try {
      if (text === this.stub) localStorage.removeItem(this.key);
      else localStorage.setItem(this.key, text);
    } catch {
      return "refused";
    }
    this.known = this.#stored();
    return "kept";
  }

  // Takes what is there, and gives it.
  adopt() {
    this.known = this.#stored();
    return this.text;
  }
}
