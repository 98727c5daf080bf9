// The BPE stepper: training on the reader's own text, one merge at a time.

import figure from "../../assets/figures/bpe_merges.json";
import { countPairs, placesOf, shown, train, vocabulary } from "./figures/bpe.js";
import { element, replaceWith } from "./figures/elements.js";
import { chinese, inLanguage } from "./figures/language.js";
import { Stepper } from "./figures/stepper.js";

const MOST_TEXT = 400; // characters: what can still be looked through
const MOST_MERGES = 200;
const MOST_PAIRS = 8; // in the table
const WAIT = 250; // milliseconds after the last key

const words = inLanguage({
  en: {
    yours: "Your text",
    examples: "or",
    chapter: "the chapter's",
    english: "English",
    chinese: "Chinese",
    tokens: "The tokens now",
    next: (pair, count, id) => [
      "Next: ",
      pair,
      count === 1 ? `, seen once, becomes token ${id}.` : `, seen ${count} times, becomes token ${id}.`,
    ],
    none: "No pair is left: nothing can be merged.",
    enough: `After ${MOST_MERGES} merges, this figure stops. Training would go on.`,
    empty: "Write something above: an empty text has no bytes.",
    sizes: (bytes, tokens) =>
      `${bytes} ${bytes === 1 ? "byte" : "bytes"}, ${tokens} ${tokens === 1 ? "token" : "tokens"}: ` +
      `${(bytes / tokens).toFixed(2)} bytes per token.`,
    pairs: (more) => (more > 0 ? `The most frequent pairs, and ${more} more` : "All pairs"),
    pair: "pair",
    count: "count",
    learnt: "Merges so far",
    token: "token",
  },
  zh: {
    yours: "你的文本",
    examples: "或者",
    chapter: "本章的例子",
    english: "英文",
    chinese: "中文",
    tokens: "现在的词元",
    next: (pair, count, id) => ["下一次合并：", pair, `，出现 ${count} 次，成为词元 ${id}。`],
    none: "没有对了：再没有什么可以合并。",
    enough: `合并 ${MOST_MERGES} 次之后，这张图就停了。真正的训练还会继续。`,
    empty: "请在上面写点什么：空文本没有字节。",
    sizes: (bytes, tokens) =>
      `${bytes} 个字节，${tokens} 个词元：每个词元 ${(bytes / tokens).toFixed(2)} 个字节。`,
    pairs: (more) => (more > 0 ? `最常见的对，另外还有 ${more} 个` : "所有的对"),
    pair: "对",
    count: "次数",
    learnt: "到现在为止的合并",
    token: "词元",
  },
});

function table(caption, heads, body, kind = "") {
  const cells = heads.map((head) => element("th", { scope: "col" }, head));
  return element(
    "table",
    { class: `zth-table ${kind}`.trim() },
    caption,
    element("thead", {}, element("tr", {}, ...cells)),
    body,
  );
}

class Merges {
  constructor(place) {
    const { texts } = figure.data;
    this.stepper = new Stepper(
      () => this.merges.length,
      (step) => this.show(step),
    );
    this.input = element("textarea", {
      rows: 2,
      maxlength: MOST_TEXT,
      spellcheck: "false",
      oninput: () => this.later(),
    });
    const example = (name) =>
      element("button", { type: "button", onclick: () => this.take(texts[name].text) }, words[name]);
    this.row = element("ol", { class: "zth-tokens", tabindex: 0, "aria-label": words.tokens });
    this.said = element("p", { class: "zth-said", "aria-live": "polite" });
    this.caption = element("caption");
    this.pairs = element("tbody");
    this.learnt = element("tbody");
    replaceWith(
      place,
      element("label", { class: "zth-text" }, words.yours, this.input),
      element(
        "div",
        { class: "zth-buttons" },
        words.examples,
        ...["chapter", "english", "chinese"].map(example),
      ),
      this.stepper.buttons,
      this.said,
      this.row,
      element(
        "div",
        { class: "zth-sides" },
        table(this.caption, [words.pair, words.count], this.pairs),
        table(
          element("caption", {}, words.learnt),
          [words.token, words.pair, words.count],
          this.learnt,
          "zth-learnt",
        ),
      ),
    );
    this.stepper.listen(place);
    this.take(texts[chinese ? "chinese" : "english"].text);
  }

  take(text) {
    this.input.value = text;
    this.read();
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.read(), WAIT);
  }

  read() {
    const { merges, rows } = train(this.input.value, MOST_MERGES);
    Object.assign(this, { merges, rows, known: vocabulary(merges) });
    this.stepper.stopAt(0);
  }

  show(step) {
    const ids = this.rows[step];
    const next = this.merges[step];
    const starts = next ? placesOf(ids, next.pair) : [];
    const merging = new Set(starts.flatMap((place) => [place, place + 1]));
    this.row.replaceChildren(
      ...ids.map((id, i) => this.chip(id, merging.has(i) ? "zth-now" : "")),
    );
    this.say(ids, next, 256 + step);
    this.fillPairs(ids, next);
    this.fillLearnt(step);
  }

  // A token: text or hex, and as its title the number.
  chip(id, state = "") {
    const { text, whole } = shown(this.known[id]);
    const kind = whole ? "" : "zth-part";
    return element("li", { class: `${kind} ${state}`.trim(), title: String(id) }, text);
  }

  pair([left, right]) {
    return element("span", { class: "zth-pair" }, ...[left, right].map((id) => this.inline(id)));
  }

  inline(id) {
    const { text, whole } = shown(this.known[id]);
    return element("span", { class: whole ? "zth-chip" : "zth-chip zth-part", title: String(id) }, text);
  }

  say(ids, next, id) {
    if (ids.length === 0) return this.said.replaceChildren(words.empty);
    const bytes = this.rows[0].length;
    const end = ids.length > 1 ? words.enough : words.none;
    const after = next ? words.next(this.pair(next.pair), next.count, id) : [end];
    this.said.replaceChildren(words.sizes(bytes, ids.length), element("br"), ...after);
  }

  fillPairs(ids, next) {
    const counted = countPairs(ids);
    this.caption.textContent = words.pairs(counted.length - MOST_PAIRS);
    const rows = counted.slice(0, MOST_PAIRS).map(({ pair, count }, i) =>
      element(
        "tr",
        { class: next && i === 0 ? "zth-now" : "" },
        element("th", { scope: "row" }, this.pair(pair)),
        element("td", {}, String(count)),
      ),
    );
    this.pairs.replaceChildren(...rows);
  }

  // The newest first, so that it is seen.
  fillLearnt(step) {
    const rows = this.merges.slice(0, step).map(({ pair, count }, i) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, `${256 + i} `, this.inline(256 + i)),
        element("td", {}, this.pair(pair)),
        element("td", {}, String(count)),
      ),
    );
    this.learnt.replaceChildren(...rows.reverse().slice(0, MOST_PAIRS));
  }
}

export default function mount(place) {
  new Merges(place);
}
