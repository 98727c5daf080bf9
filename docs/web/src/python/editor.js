// The editor: Python, four spaces, and colours of the page's own scheme, light or dark.

import { indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { basicSetup } from "codemirror";

const colour = (name) => `var(--md-code-hl-${name}-color)`;

const highlighting = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword], color: colour("keyword") },
  { tag: [tags.string, tags.special(tags.string)], color: colour("string") },
  { tag: [tags.number], color: colour("number") },
  { tag: [tags.bool, tags.null, tags.self], color: colour("constant") },
  { tag: [tags.function(tags.definition(tags.variableName)), tags.definition(tags.className)], color: colour("function") },
  { tag: [tags.comment], color: colour("comment") },
  { tag: [tags.meta], color: colour("special") },
]);

const theme = EditorView.theme({
  "&": { color: "var(--md-code-fg-color)", backgroundColor: "var(--md-code-bg-color)", fontSize: "0.68rem" },
  "&.cm-focused": { outline: "2px solid var(--md-accent-fg-color)" },
  ".cm-scroller": { fontFamily: "var(--md-code-font-family)", lineHeight: "1.5", maxHeight: "32rem" },
  ".cm-content": { caretColor: "var(--md-code-fg-color)" },
  ".cm-cursor": { borderLeftColor: "var(--md-code-fg-color)" },
  ".cm-gutters": { color: "var(--md-default-fg-color--light)", backgroundColor: "transparent", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--md-default-fg-color--lightest)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "var(--md-accent-fg-color--transparent)",
  },
  ".cm-tooltip, .cm-panels": { color: "var(--md-default-fg-color)", backgroundColor: "var(--md-default-bg-color)" },
});

// Several texts and one view: each keeps its own history.
export class Editor {
  constructor(changed, commands) {
    this.changed = changed;
    this.commands = keymap.of(Object.entries(commands).map(([key, act]) => ({ key, run: () => (act(), true) })));
    this.states = new Map();
    this.shown = null;
    this.view = new EditorView({});
  }

  add(name, text, label) {
    const extensions = [
      Prec.highest(this.commands),
      basicSetup,
      keymap.of([indentWithTab]),
      python(),
      indentUnit.of("    "),
      syntaxHighlighting(highlighting),
      theme,
      EditorView.contentAttributes.of({ "aria-label": label }),
      EditorView.updateListener.of((update) => update.docChanged && this.changed(name)),
    ];
    this.states.set(name, EditorState.create({ doc: text, extensions }));
  }

  show(name) {
    this.#leave();
    this.shown = name;
    this.view.setState(this.states.get(name));
  }

  #leave() {
    if (this.shown) this.states.set(this.shown, this.view.state);
  }

  text(name) {
    this.#leave();
    return this.states.get(name).doc.toString();
  }

  replace(name, text) {
    this.#leave();
    const changes = { from: 0, to: this.states.get(name).doc.length, insert: text };
    if (name === this.shown) this.view.dispatch({ changes });
    else this.states.set(name, this.states.get(name).update({ changes }).state);
  }

  focus() {
    this.view.focus();
  }
}
