// The checks of a file and what came of them, in the words of the grader itself.

import { button, element } from "./elements.js";
import { say } from "./texts.js";

const MARKS = {
  passed: "✓",
  failed: "✗",
  crashed: "✗",
  "timed out": "✗",
  "not implemented": "·",
  skipped: "-",
  flaky: "~",
  "grader error": "!",
};
const QUIET = ["passed", "skipped", "not implemented"];

export class Results {
  // `tryIt` is called with code that shows a failure.
  constructor(tryIt) {
    this.tryIt = tryIt;
    this.place = element("div", { class: "zth-python-results" });
    this.clear();
  }

  clear() {
    this.rows = new Map();
    this.verdicts = {};
    this.sum = element("p", { class: "zth-python-sum" });
    this.place.replaceChildren();
  }

  // What the grader tells, one thing after another.
  hear({ kind, ...told }) {
    if (kind === "plan") this.#plan(told);
    else if (kind === "result") this.#result(told);
    else if (kind === "done") this.#done(told);
  }

  title(id) {
    return this.rows.get(id)?.check.title ?? "";
  }

  // All rows are there from the beginning, so that nothing moves but what comes beneath them. Where
  // a second interpreter goes on, they are there already.
  #plan({ checks, left_out: leftOut }) {
    if (this.rows.size > 0) return;
    this.place.replaceChildren(this.sum);
    for (const component of new Set(checks.map((check) => check.component))) {
      const list = element("ul", {});
      checks.filter((check) => check.component === component).forEach((check) => list.append(this.#row(check)));
      this.place.append(element("p", { class: "zth-python-component" }, [component]), list);
    }
    if (leftOut.length > 0) this.#note(say("leftOut", { titles: leftOut.join(", ") }));
    this.#note(say("ownEyes"));
  }

  #note(text) {
    this.place.append(element("p", { class: "zth-python-quiet" }, [text]));
  }

  #row(check) {
    const mark = element("span", { class: "zth-python-mark", "aria-hidden": "true" });
    const verdict = element("span", { class: "zth-python-verdict" });
    const points = element("span", { class: "zth-python-points" }, [check.advisory ? say("advice") : `–/${check.points}`]);
    const line = element("div", { class: "zth-python-line" }, [mark, element("span", {}, [check.title]), verdict, points]);
    const item = element("li", {}, [line]);
    this.rows.set(check.id, { check, item, mark, verdict, points });
    return item;
  }

  #result(result) {
    const row = this.rows.get(result.id);
    this.verdicts[result.id] = result.verdict;
    row.mark.textContent = MARKS[result.verdict];
    row.item.dataset.verdict = result.verdict;
    row.verdict.textContent = result.word;
    if (!row.check.advisory) row.points.textContent = `${result.earned}/${row.check.points}`;
    if (result.detail) row.item.append(element("pre", {}, [result.detail]));
    if (QUIET.includes(result.verdict)) {
      if (result.verdict === "skipped") row.verdict.textContent = result.message;
    } else row.item.append(this.#failure(result));
  }

  // The first failure is open: it is the one to mend.
  #failure(result) {
    const first = this.place.querySelector("details") === null;
    const words = [
      ["expected", result.expected],
      ["got", result.actual],
      ["printed", result.output],
      ["hint", result.hint],
    ].filter(([, text]) => text);
    return element("details", { open: first }, [
      element("summary", {}, [result.message]),
      ...result.trace.map((at) => element("div", { class: "zth-python-frame" }, [`${at.file}:${at.line}  `, element("code", {}, [at.source])])),
      ...this.#code(result.snippet),
      ...result.tensors.map((text) => element("pre", {}, [text])),
      element("dl", {}, words.flatMap(([name, text]) => this.#word(name, text))),
    ]);
  }

  #word(name, text) {
    const said = name === "hint" ? text : element("pre", {}, [text]);
    return [element("dt", {}, [say(name)]), element("dd", {}, [said])];
  }

  #code(snippet) {
    if (!snippet) return [];
    return [element("pre", {}, [snippet]), button(say("tryIt"), () => this.tryIt(snippet), { class: "zth-python-small" })];
  }

  #done({ earned, points, breaches }) {
    this.sum.textContent = say("points", { earned, points });
    this.sum.after(...breaches.map((text) => element("p", { class: "zth-python-breach" }, [text])));
  }
}
