// The live autograd graph: backward(), one arrow at a time.

import figure from "../../assets/figures/autograd_graph.json";
import { lastStep, stateAt } from "./figures/autograd.js";
import { element, number, replaceWith } from "./figures/elements.js";
import { inLanguage } from "./figures/language.js";
import { Stepper } from "./figures/stepper.js";

const words = inLanguage({
  en: {
    choose: "Calculation",
    two_ways: "two ways from a to d",
    twice: "a number used twice",
    order: "a short and a long way",
    neuron: "a neuron, with tanh",
    picture: "The graph. Its numbers are in the table.",
    table: "The numbers after this step",
    heads: ["made by", "data", "grad"],
    before: "Before backward(), every grad is 0.",
    result: (name) => `The result grows as fast as itself: ${name}.grad = 1.`,
    first: (from) => `${from} has all of its gradient, and passes it on.`,
    more: (to) => `${to} already had some: the new part is added.`,
    end: "Every arrow has been used once: done.",
  },
  zh: {
    choose: "计算",
    two_ways: "从 a 到 d 有两条路",
    twice: "同一个数用两次",
    order: "一条短路，一条长路",
    neuron: "一个神经元，用 tanh",
    picture: "计算图。其中的数都在表格里。",
    table: "这一步之后的数",
    heads: ["由来", "data", "grad"],
    before: "调用 backward() 之前，每个 grad 都是 0。",
    result: (name) => `结果对它自己的导数是 1：${name}.grad = 1。`,
    first: (from) => `${from} 的梯度已经收齐，现在往下传。`,
    more: (to) => `${to} 已经有一份了：新的这份加上去。`,
    end: "每个箭头都用过一次：完成。",
  },
});

// The formula of a step, with names and then with numbers, and what there is to say about it.
function formula({ from, to, word, local, grad, before, after }) {
  const factor = local < 0 ? `(${number(local)})` : number(local);
  return [
    element("code", {}, `${to}.grad += ${word} · ${from}.grad`),
    ` = ${factor} · ${number(grad)} = ${number(local * grad)}`,
    element("br"),
    element("code", {}, `${to}.grad: ${number(before)} → ${number(after)}`),
  ];
}

function remark(graph, { add, done }) {
  if (done === graph.adds.length) return words.end;
  if (add.before !== 0) return words.more(add.to);
  return graph.adds[done - 2]?.from === add.from ? "" : words.first(add.from);
}

class Graph {
  constructor(place) {
    this.stepper = new Stepper(
      () => lastStep(this.graph),
      (step) => this.show(step),
    );
    this.said = element("p", { class: "zth-said", "aria-live": "polite" });
    this.drawing = element("div", { class: "zth-drawing", role: "img", "aria-label": words.picture });
    this.rows = element("tbody");
    const choice = element(
      "select",
      { onchange: (event) => this.choose(event.target.selectedIndex) },
      ...figure.data.graphs.map(({ id }) => element("option", {}, words[id])),
    );
    const heads = words.heads.map((head) => element("th", { scope: "col" }, head));
    const table = element(
      "table",
      { class: "zth-table" },
      element("caption", {}, words.table),
      element("thead", {}, element("tr", {}, ...heads)),
      this.rows,
    );
    replaceWith(
      place,
      element("label", { class: "zth-choice" }, `${words.choose} `, choice),
      this.stepper.buttons,
      this.said,
      element("div", { class: "zth-sides" }, this.drawing, table),
    );
    this.stepper.listen(place);
    this.choose(0);
  }

  choose(index) {
    this.graph = figure.data.graphs[index];
    this.drawing.innerHTML = this.graph.drawing; // our own, from the figure's file
    this.stepper.stopAt(0);
  }

  show(step) {
    const state = stateAt(this.graph, step);
    this.say(step, state);
    this.mark(step, state);
    this.fill(state);
  }

  say(step, state) {
    if (step === 0) this.said.replaceChildren(words.before);
    else if (step === 1) this.said.replaceChildren(words.result(this.graph.nodes.at(-1).name));
    else this.said.replaceChildren(...formula(state.add), element("br"), remark(this.graph, state));
  }

  mark(step, { grads, done, add }) {
    const result = step === 1 ? this.graph.nodes.at(-1).name : null;
    for (const arrow of this.drawing.querySelectorAll("[data-arrow]")) {
      const place = Number(arrow.dataset.arrow);
      arrow.classList.toggle("zth-waits", place >= done);
      arrow.classList.toggle("zth-now", place === done - 1);
    }
    for (const node of this.drawing.querySelectorAll("[data-node]")) {
      const { node: name } = node.dataset;
      node.classList.toggle("zth-now", name === (add?.to ?? result));
      node.classList.toggle("zth-gives", name === add?.from);
      node.querySelector(".zth-grad").textContent = `grad ${number(grads[name])}`;
    }
  }

  fill({ grads, add }) {
    const row = ({ name, code, data }) =>
      element(
        "tr",
        { class: name === add?.to ? "zth-now" : "" },
        element("th", { scope: "row" }, element("code", {}, code)),
        element("td", {}, number(data)),
        element("td", {}, number(grads[name])),
      );
    this.rows.replaceChildren(...this.graph.nodes.map(row));
  }
}

export default function mount(place) {
  new Graph(place);
}
