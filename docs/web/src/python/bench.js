// The bench of one lesson: its files in tabs, Python to run them, the checks, and what came of it.

import { strToU8, zipSync } from "fflate";
import { Draft } from "./drafts.js";
import { Editor } from "./editor.js";
import { button, element } from "./elements.js";
import { Interpreter } from "./interpreter.js";
import { LESSONS, SCRATCH } from "./lessons.js";
import { Results } from "./results.js";
import { language, say } from "./texts.js";

const RUNS = 10; // seconds
const CHECKS = 30; // seconds for one check
const PAUSE = 300; // milliseconds after the last letter until the text is kept

let interpreter = null; // one for all benches of the page

export function open(place, lesson, file, worker) {
  interpreter ??= new Interpreter(worker);
  const bench = new Bench(LESSONS[lesson], file);
  place.replaceChildren(bench.place);
  bench.begin();
}

class Bench {
  constructor({ folder, stubs, scratch }, file) {
    this.folder = folder;
    this.files = [...Object.keys(stubs), SCRATCH];
    this.file = file;
    this.drafts = new Map(Object.entries({ ...stubs, [SCRATCH]: scratch }).map(([name, stub]) => [name, new Draft(this.#kept(name), stub)]));
    this.editor = new Editor((name) => this.#changed(name), {
      "Mod-Enter": () => this.#run(),
      "Shift-Mod-Enter": () => this.#check(),
    });
    this.timers = new Map();
    this.results = new Results((code) => this.#try(code));
    this.place = this.#build();
    this.files.forEach((name) => this.editor.add(name, this.drafts.get(name).text, `${name}. ${say("keys")}`));
    addEventListener("storage", (event) => this.#elsewhere(event));
    addEventListener("pagehide", () => this.files.forEach((name) => this.#keep(name)));
  }

  // The lesson's folder keeps its files apart from those of others; so does the sheet's name.
  #kept(name) {
    return name === SCRATCH ? `${this.folder}:${name}` : this.#path(name);
  }

  #path(name) {
    return name === SCRATCH ? name : `${this.folder}/${name}`;
  }

  #build() {
    this.tabs = new Map(this.files.map((name) => [name, button(name, () => this.#show(name), { "aria-pressed": "false" })]));
    this.buttons = {
      run: button(say("run"), () => this.#run(), { class: "zth-python-main" }),
      check: button(say("check"), () => this.#check(), { class: "zth-python-main" }),
      stop: button(say("stop"), () => interpreter.stop(), { disabled: true }),
      reset: button(say("reset"), () => this.#reset()),
      download: button(say("download"), () => this.#download()),
      folder: button(say("folder"), () => this.#downloadAll()),
    };
    this.status = element("p", { class: "zth-python-status", role: "status" });
    this.note = element("div", { class: "zth-python-note", role: "alert", hidden: true });
    this.output = element("pre", { class: "zth-python-output", tabindex: "0", "aria-label": say("printedOut"), hidden: true });
    return element("div", { class: "zth-python-bench" }, [
      element("div", { class: "zth-python-bar", role: "group", "aria-label": say("files") }, [...this.tabs.values()]),
      this.editor.view.dom,
      element("div", { class: "zth-python-bar" }, Object.values(this.buttons)),
      element("p", { class: "zth-python-quiet" }, [say("keys")]),
      this.note,
      this.status,
      this.output,
      this.results.place,
    ]);
  }

  begin() {
    this.#show(this.file);
    this.editor.focus();
    interpreter.start();
  }

  #show(name) {
    this.file = name;
    this.editor.show(name);
    this.tabs.forEach((tab, each) => tab.setAttribute("aria-pressed", String(each === name)));
    this.buttons.check.disabled = this.busy || name === SCRATCH;
  }

  // --- what is kept ----------------------------------------------------------------------------

  #changed(name) {
    clearTimeout(this.timers.get(name));
    this.timers.set(name, setTimeout(() => this.#keep(name), PAUSE));
  }

  #keep(name) {
    const draft = this.drafts.get(name);
    const text = this.editor.text(name);
    clearTimeout(this.timers.get(name));
    if (text === draft.text) return;
    const outcome = draft.save(text);
    if (outcome === "refused") this.#say(say("notKept"));
    if (outcome === "elsewhere") this.#ask(name);
  }

  // Another tab has written: nothing of this one is lost by taking it, if nothing was typed since.
  #elsewhere({ key }) {
    const name = this.files.find((each) => key === null || this.drafts.get(each).key === key);
    if (!name) return;
    const draft = this.drafts.get(name);
    if (this.editor.text(name) === draft.text) this.editor.replace(name, draft.adopt());
    else this.#ask(name);
  }

  #ask(name) {
    const draft = this.drafts.get(name);
    const take = () => this.editor.replace(name, draft.adopt());
    const keep = () => draft.insist(this.editor.text(name));
    const choices = [
      [say("takeTheirs"), take],
      [say("keepMine"), keep],
    ];
    const buttons = choices.map(([text, act]) => button(text, () => (act(), this.#say(""))));
    this.#say(say("elsewhere", { file: name }), buttons);
  }

  #say(text, buttons = []) {
    this.note.hidden = !text;
    this.note.replaceChildren(text, ...buttons);
  }

  #reset() {
    const draft = this.drafts.get(this.file);
    if (this.editor.text(this.file) === draft.stub) return;
    if (confirm(say("confirmReset", { file: this.file }))) this.editor.replace(this.file, draft.stub);
  }

  #try(code) {
    this.editor.replace(SCRATCH, code);
    this.#show(SCRATCH);
    this.#run();
  }

  // --- downloads -------------------------------------------------------------------------------

  #download() {
    save(this.file, this.editor.text(this.file), "text/x-python");
  }

  // Laid out as `zth init` lays out a workspace.
  #downloadAll() {
    const files = this.files.filter((name) => name !== SCRATCH);
    const packed = zipSync(Object.fromEntries(files.map((name) => [this.#path(name), strToU8(this.editor.text(name))])));
    save(`${this.folder}.zip`, packed, "application/zip");
  }

  // --- running and checking --------------------------------------------------------------------

  #sent(what, more = {}) {
    this.files.forEach((name) => this.#keep(name));
    const files = Object.fromEntries(this.files.map((name) => [this.#path(name), this.editor.text(name)]));
    return { what, folder: this.folder, language, files, ...more };
  }

  async #run() {
    if (!this.#work()) return;
    this.output.hidden = false;
    this.output.textContent = "";
    const hear = (told) => {
      if (told.kind === "begun") this.#tell("running", { seconds: RUNS });
      if (told.kind === "printed") this.output.append(told.text);
      if (told.kind === "dropped") this.output.append(`\n${say("dropped", { count: told.dropped })}`);
    };
    const answer = await interpreter.ask(this.#sent("run", { file: this.#path(this.file) }), RUNS, hear);
    if (answer.outcome === "done" && !this.output.textContent) this.output.textContent = say("nothing");
    this.#rest(answer, RUNS);
  }

  // A check that does not end is told as such, and a fresh interpreter goes on behind it.
  async #check() {
    if (this.file === SCRATCH || !this.#work()) return;
    this.output.hidden = true;
    this.results.clear();
    let answer;
    let ended = null;
    do {
      let at = "";
      const hear = ({ kind, heard }) => {
        if (kind === "begun") this.#tell("preparing");
        if (kind !== "heard") return;
        this.results.hear(heard);
        if (heard.kind !== "begins") return;
        at = heard.id;
        this.#tell("checking", { title: this.results.title(at), seconds: CHECKS });
      };
      const known = { ...this.results.verdicts, ...(ended && { [ended.id]: ended.seconds ? "timed out" : "crashed" }) };
      answer = await interpreter.ask(this.#sent("check", { file: this.file, known, ended }), CHECKS, hear);
      ended = at && { id: at, seconds: answer.outcome === "late" ? CHECKS : 0 };
    } while (ended && ["late", "broken"].includes(answer.outcome));
    this.#rest(answer, CHECKS);
  }

  #work() {
    if (this.busy) return false;
    this.since = performance.now();
    this.#setBusy(true);
    this.#tell(interpreter.worker ? "loading" : "loadingFirst");
    return true;
  }

  #rest({ outcome, message }, seconds) {
    this.#setBusy(false);
    const spent = ((performance.now() - this.since) / 1000).toFixed(1);
    if (outcome === "done") this.#tell("finished", { seconds: spent });
    else this.#tell(outcome, { seconds, message });
    if (outcome !== "failed") interpreter.start();
  }

  #setBusy(busy) {
    this.busy = busy;
    this.buttons.run.disabled = busy;
    this.buttons.check.disabled = busy || this.file === SCRATCH;
    this.buttons.stop.disabled = !busy;
  }

  #tell(name, values) {
    this.status.textContent = say(name, values);
  }
}

function save(name, content, type) {
  const link = element("a", { href: URL.createObjectURL(new Blob([content], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
