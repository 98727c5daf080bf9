// The attention heat-map: what heads look at, with a temperature and the mask to play with.

import figure from "../../assets/figures/attention_map.json";
import { weights } from "./figures/attention.js";
import { element, replaceWith } from "./figures/elements.js";
import { inLanguage } from "./figures/language.js";

const { tokens, heads } = figure.data;
const HOTTEST = 2; // the slider goes from 2^-2 to 2^2

const words = inLanguage({
  en: {
    head: "Head",
    named: ({ layer, head }, trait) => `layer ${layer}, head ${head}: ${trait}`,
    previous: "the character before",
    spaces: "spaces, where words begin",
    same: "the same letter, earlier",
    spread: "a bit of everything",
    temperature: "Temperature",
    mask: "Causal mask",
    table: "Rows are queries, columns are keys. With the arrow keys, go from cell to cell.",
    token: (token, i) => `“${token}” (position ${i})`,
    read: (query, key, weight) => `Query ${query} gives key ${key} the weight ${weight}.`,
    hidden: (query, key) => `Key ${key} is in the future of query ${query}: weight 0.`,
    sum: (keys, sum) => `All weights of this row, of ${keys} ${keys === 1 ? "key" : "keys"}: ${sum} together.`,
    ask: "Point at a cell to read its weight.",
  },
  zh: {
    head: "头",
    named: ({ layer, head }, trait) => `第 ${layer} 层第 ${head} 个头：${trait}`,
    previous: "看前一个字符",
    spaces: "看空格，也就是单词的开头",
    same: "看前面相同的字母",
    spread: "什么都看一点",
    temperature: "温度",
    mask: "因果掩码",
    table: "每行是一个查询，每列是一个键。可以用方向键在格子之间移动。",
    token: (token, i) => ` “${token}”（位置 ${i}）`,
    read: (query, key, weight) => `查询${query}给键${key}的权重是 ${weight}。`,
    hidden: (query, key) => `键${key}在查询${query}的未来：权重是 0。`,
    sum: (keys, sum) => `这一行的权重（共 ${keys} 个键）加起来是 ${sum}。`,
    ask: "指向一个格子，读出它的权重。",
  },
});

const seen = (token) => (token === " " ? "␣" : token);
const named = (i) => words.token(seen(tokens[i]), i);

class HeatMap {
  constructor(place) {
    this.at = [0, 0];
    this.head = element(
      "select",
      { onchange: () => this.refresh() },
      ...heads.map((head) => element("option", {}, words.named(head, words[head.id]))),
    );
    this.slider = element("input", {
      type: "range",
      min: -HOTTEST,
      max: HOTTEST,
      step: 0.25,
      value: 0,
      oninput: () => this.refresh(),
    });
    this.warmth = element("output");
    this.mask = element("input", { type: "checkbox", checked: true, onchange: () => this.refresh() });
    this.said = element("p", { class: "zth-said zth-two", "aria-live": "polite" }, words.ask);
    this.table = this.made();
    replaceWith(
      place,
      element("label", { class: "zth-choice" }, `${words.head} `, this.head),
      element(
        "div",
        { class: "zth-buttons" },
        element("label", {}, `${words.temperature} `, this.slider, " ", this.warmth),
        element("label", {}, this.mask, ` ${words.mask}`),
      ),
      this.said,
      this.table,
    );
    this.refresh();
  }

  // A table of weights, which shows them as colours; one cell at a time can have the focus.
  made() {
    const top = tokens.map((token) => element("th", { scope: "col" }, seen(token)));
    this.cells = tokens.map((_, i) => tokens.map((_, j) => this.cell(i, j)));
    const rows = this.cells.map((cells, i) =>
      element("tr", {}, element("th", { scope: "row" }, seen(tokens[i])), ...cells),
    );
    return element(
      "table",
      { class: "zth-heat", role: "grid", onkeydown: (event) => this.move(event) },
      element("caption", {}, words.table),
      element("thead", {}, element("tr", {}, element("td"), ...top)),
      element("tbody", {}, ...rows),
    );
  }

  cell(i, j) {
    const read = () => this.read(i, j);
    return element("td", {
      tabindex: i === 0 && j === 0 ? 0 : -1,
      onpointerenter: read,
      onfocus: read,
      onclick: read,
    });
  }

  refresh() {
    const temperature = 2 ** Number(this.slider.value);
    this.warmth.textContent = temperature.toFixed(2);
    this.weights = weights(heads[this.head.selectedIndex].scores, temperature, this.mask.checked);
    this.cells.forEach((row, i) => row.forEach((cell, j) => this.paint(cell, i, j)));
    if (this.asked) this.read(...this.at);
  }

  paint(cell, i, j) {
    const weight = this.weights[i][j];
    cell.style.setProperty("--weight", `${(100 * weight).toFixed(1)}%`);
    cell.classList.toggle("zth-hidden", this.mask.checked && j > i);
    cell.replaceChildren(element("span", {}, weight.toFixed(2)));
  }

  read(i, j) {
    const [row, column] = this.at;
    this.cells[row][column].tabIndex = -1;
    this.cells[i][j].tabIndex = 0;
    this.at = [i, j];
    this.asked = true;
    this.cells.forEach((cells, k) => cells.forEach((cell) => cell.classList.toggle("zth-row", k === i)));
    const weight = this.weights[i][j];
    const hidden = this.mask.checked && j > i;
    const sum = this.weights[i].reduce((total, one) => total + one, 0);
    this.said.replaceChildren(
      hidden ? words.hidden(named(i), named(j)) : words.read(named(i), named(j), weight.toFixed(3)),
      element("br"),
      words.sum(this.mask.checked ? i + 1 : tokens.length, sum.toFixed(3)),
    );
  }

  move(event) {
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    const within = (place) => Math.max(0, Math.min(tokens.length - 1, place));
    this.cells[within(this.at[0] + step[0])][within(this.at[1] + step[1])].focus();
  }
}

export default function mount(place) {
  new HeatMap(place);
}
