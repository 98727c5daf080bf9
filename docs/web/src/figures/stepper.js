// A row of buttons that go through the steps of a figure: back, on, play, and to the start.

import { element } from "./elements.js";
import { inLanguage } from "./language.js";

const PAUSE = 1400; // milliseconds between two steps of a play

const words = inLanguage({
  en: { reset: "Reset", back: "Back", step: "Step", play: "Play", pause: "Pause", controls: "Steps" },
  zh: { reset: "重来", back: "后退", step: "下一步", play: "播放", pause: "暂停", controls: "步骤" },
});

// `show(step)` draws a step; `last()` is the number of the last one, which may change.
export class Stepper {
  constructor(last, show) {
    this.last = last;
    this.show = show;
    this.step = 0;
    this.timer = null;
    const button = (name, act) => element("button", { type: "button", onclick: act }, words[name]);
    this.resetButton = button("reset", () => this.stopAt(0));
    this.backButton = button("back", () => this.stopAt(this.step - 1));
    this.stepButton = button("step", () => this.stopAt(this.step + 1));
    this.playButton = button("play", () => (this.timer ? this.stop() : this.play()));
    this.count = element("span", { class: "zth-count" });
    this.buttons = element(
      "div",
      { class: "zth-buttons", role: "group", "aria-label": words.controls },
      this.resetButton,
      this.backButton,
      this.stepButton,
      this.playButton,
      this.count,
    );
  }

  // Arrow keys anywhere in the figure, except where they already mean something.
  listen(figure) {
    const keys = { ArrowRight: 1, ArrowLeft: -1 };
    figure.addEventListener("keydown", (event) => {
      const busy = event.target.closest("select, input, textarea, [role=grid]");
      if (!(event.key in keys) || busy || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      this.stopAt(this.step + keys[event.key]);
    });
  }

  stopAt(step) {
    this.stop();
    this.go(step);
  }

  go(step) {
    this.step = Math.max(0, Math.min(this.last(), step));
    this.show(this.step);
    this.refresh();
  }

  play() {
    if (this.step >= this.last()) this.go(0);
    this.timer = setInterval(() => {
      this.go(this.step + 1);
      if (this.step >= this.last()) this.stop();
    }, PAUSE);
    this.refresh();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.refresh();
  }

  // A button that has the focus and is of no use stays where it is, or the focus would be lost.
  refresh() {
    const off = (button, useless) => button.setAttribute("aria-disabled", String(useless));
    off(this.resetButton, this.step === 0);
    off(this.backButton, this.step === 0);
    off(this.stepButton, this.step >= this.last());
    off(this.playButton, this.last() === 0);
    this.playButton.textContent = this.timer ? words.pause : words.play;
    this.count.textContent = `${this.step} / ${this.last()}`;
  }
}
