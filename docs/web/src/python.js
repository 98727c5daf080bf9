// An editor with Python behind it, and the checks of a lesson. What is seen first is a button: the
// editor comes with a click, and Python with it.

import { started } from "./python/drafts.js";
import { element } from "./python/elements.js";
import css from "./python/python.css" with { type: "text" };
import { say } from "./python/texts.js";

const WORKER = new URL("python-worker.js", import.meta.url);

function addStyles() {
  if (document.getElementById("zth-python")) return;
  document.head.append(element("style", { id: "zth-python" }, [css]));
}

export default function mount(place) {
  addStyles();
  const { lesson, file } = place.dataset;
  const button = element("button", { type: "button", class: "md-button md-button--primary" }, [
    say(started(lesson) ? "goOn" : "open"),
  ]);
  button.addEventListener("click", async () => {
    button.disabled = true;
    const { open } = await import("./python/bench.js");
    open(place, lesson, file, WORKER);
  });
  place.classList.add("zth-python");
  place.replaceChildren(button, element("p", { class: "zth-python-quiet" }, [say("offer")]));
}
