/** `<py-cell>`: a block of Python in a lesson that can be changed and run. */

import * as before from "./before.ts";
import { Code } from "./code.ts";
import { config } from "./config.ts";
import * as edits from "./edits.ts";
import { element } from "./element.ts";
import type { Exercise } from "./exercise.ts";
import { type Ending, Kernel } from "./kernel.ts";
import { t } from "./messages.ts";
import { savesData, whenNear } from "./near.ts";
import { fetchHtml, OutputArea } from "./output.ts";
import { type Prompt, prompt } from "./prompt.ts";
import type { Explained } from "./protocol.ts";
import { script } from "./scripts.ts";
import type { Question } from "./stdin.ts";

/** Kept at the latest so long after the last key. */
const KEEP_AFTER_MS = 500;
const MEGABYTE = 1_000_000;
/** A program that runs for longer is announced, with the way to stop it. */
const LONG_MS = 10_000;

type Look = "idle" | "loading" | "ready" | "running" | "done" | "error";

let shared: Kernel | undefined;

/** The page's one Python, made when the first cell asks. */
function kernel(): Kernel {
  const { worker, engine, root } = config();
  shared ??= new Kernel({ worker, engine, root, saveData: savesData(), noInput: t("cell.no_input") });
  return shared;
}

export class PyCell extends HTMLElement {
  private original = "";
  private where = "";
  private text: Code | undefined;
  private area: OutputArea | undefined;
  private timer = 0;
  private long = 0;
  private question: Prompt | undefined;
  /** Changed here since it was last kept; a page that merely shows an older text must not keep it over a newer one. */
  private unkept = false;
  private setAside = "";
  private asked = false;
  private exercise: Exercise | undefined;
  private readonly runButton = this.button("cell.run", () => this.run(), "py-run");
  private readonly stopButton = this.button("cell.stop", () => this.stop(), "py-stop");
  private readonly resetButton = this.button("cell.reset", () => this.reset());
  private readonly undoButton = this.button("cell.undo_reset", () => this.undoReset());
  private readonly againButton = this.button("cell.run_above", () => void this.runAbove());
  private readonly status = element("span", { class: "py-status", role: "status" });
  private readonly megabytes = element("span", { class: "py-megabytes", "aria-hidden": "true" });
  private readonly progress = element("progress", { max: "1", "aria-label": t("engine.progress"), hidden: true });
  private readonly note = element("p", { class: "py-note", role: "note", hidden: true });

  connectedCallback(): void {
    if (this.text) return;
    const code = this.querySelector(".highlight");
    const output = this.querySelector("output");
    if (!code || !output) return;
    this.original = (code.textContent ?? "").replace(/\n$/, "");
    const number = this.dataset.cell ?? "1";
    this.where = edits.place(config().page, this.dataset.name ?? number);
    this.area = new OutputArea(output);
    output.setAttribute("aria-label", t("cell.output", { number }));
    const kept = edits.read(edits.storage(), this.where);
    this.text = new Code(code, {
      text: kept?.text ?? this.original,
      label: t("cell.editor", { number }),
      help: t("cell.keys"),
      run: () => this.run(),
      stop: () => this.asked && this.stop(),
      changed: () => this.changed(),
    });
    const bar = element("div", { class: "py-bar" }, this.runButton, this.stopButton, this.resetButton, this.undoButton);
    bar.append(this.againButton, this.status, this.progress, this.megabytes);
    output.before(bar, this.note);
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", t("cell.name", { number }));
    this.undoButton.hidden = true;
    this.againButton.hidden = true;
    if (kept && kept.original !== this.original) this.tell(t("cell.changed"));
    this.text.place.addEventListener("focusin", () => this.warm(), { once: true });
    whenNear(this, () => kernel().start());
    kernel().addEventListener("state", () => this.followKernel());
    kernel().addEventListener("progress", () => this.showProgress());
    globalThis.addEventListener("pagehide", () => this.keep());
    globalThis.addEventListener("storage", (event) => event.key === this.where && this.follow());
    document.addEventListener("visibilitychange", () => this.keep());
    this.look("idle");
    if (this.dataset.packed && edits.storage()?.getItem(this.where + edits.TRIED)) {
      void this.open().catch(console.error);
    }
  }

  /** What the button that runs says. */
  private get does(): string {
    return this.dataset.packed ? "exercise.check" : "cell.run";
  }

  /** The text in the editor. */
  get code(): string {
    return this.text?.current ?? this.original;
  }

  /** Fetch Python while the person still writes, unless they asked their browser to save data. */
  private warm(): void {
    if (!savesData()) kernel().start();
  }

  async run(): Promise<void> {
    if (this.asked) return;
    this.asked = true;
    const pressed = this.code; // what is written while scripts come is for the next press
    this.againButton.hidden = true;
    this.keep();
    if (this.dataset.packed) await this.open().catch(console.error); // without a network the cell runs all the same
    if (this.exercise?.refuses(pressed)) {
      this.asked = false;
      return;
    }
    const loaded = kernel().state === "ready";
    this.area?.clear();
    this.look(loaded ? "running" : "loading", t(loaded ? "cell.waiting" : "engine.loading"));
    const ending = kernel().run(pressed, {
      started: () => this.started(),
      output: (output) => this.area?.add(output),
      ask: (question) => this.ask(question),
    }, this.exercise?.parts);
    fetchHtml().catch(() => {}); // told of when it is needed
    this.showProgress();
    const ended = await ending;
    this.asked = false;
    clearTimeout(this.long);
    const focused = document.activeElement === this.stopButton || this.question !== undefined;
    this.question?.withdraw();
    this.lookAfter(ended);
    this.exercise?.tell(ended);
    if (focused) this.runButton.focus();
  }

  /** Bring in what makes an exercise of this cell. */
  private async open(): Promise<void> {
    if (this.exercise) return;
    const { Exercise } = await script("exercise");
    this.exercise ??= new Exercise(this, this.where);
  }

  private started(): void {
    this.look("running", t("cell.running"));
    this.long = setTimeout(() => {
      if (!this.question) this.status.textContent = t("cell.long");
    }, LONG_MS);
  }

  /** Put a program's question to the person, and write question and answer down as a terminal does. */
  private async ask(question: Question): Promise<string | null> {
    const output = this.querySelector("output");
    if (!output) return null;
    clearTimeout(this.long);
    this.question = prompt(output, question);
    this.status.textContent = t("cell.asks");
    const answer = await this.question.answer;
    this.question = undefined;
    if (answer === null) return null;
    const text = `${question.prompt}${question.secret ? "" : answer}\n`;
    this.area?.add({ output_type: "stream", name: "stdout", text });
    this.stopButton.focus();
    this.status.textContent = t("cell.running");
    return answer;
  }

  private async runAbove(): Promise<void> {
    this.againButton.hidden = true;
    this.tell("");
    this.runButton.focus();
    await Promise.all(before.lostAbove(this).map((cell) => cell.run())); // they wait for each other in this order
  }

  private lookAfter(ending: Ending): void {
    if (ending.status === "ok" || ending.status === "error") before.remember(this);
    if (ending.status === "stopped" || ending.status === "failed") before.forget();
    this.againButton.hidden = ending.status !== "stopped" || !before.lostAbove(this).length;
    if (ending.status === "ok") {
      this.look("done", t(this.querySelector("output")?.hasChildNodes() ? "cell.done" : "cell.done_empty"));
    } else if (ending.status === "failed") {
      this.look("error", t(`engine.failed_${ending.reason}`));
      this.runButton.textContent = t("cell.retry");
    } else if (ending.status === "dropped") {
      this.look("ready", t("cell.dropped"));
    } else {
      this.look("error", t(`cell.${ending.status}`));
      if (ending.status === "error" && ending.explained) this.explain(ending.explained).catch(console.error);
    }
  }

  /** Put what an error means above Python's own words; without a network those stand alone. */
  private async explain(error: Explained): Promise<void> {
    const { explain } = await script("explain");
    const shown = this.querySelector("output")?.querySelector(".py-error");
    if (shown && await explain(error, shown)) this.status.textContent = t("cell.explained");
  }

  private stop(): void {
    kernel().stop();
    this.runButton.focus();
  }

  private reset(): void {
    this.setAside = this.code;
    this.text?.replace(this.original);
    this.keep();
    this.tell("");
    this.undoButton.hidden = false;
    this.undoButton.focus();
  }

  private undoReset(): void {
    this.text?.replace(this.setAside);
    this.keep();
    this.undoButton.hidden = true;
    this.text?.focus();
  }

  private changed(): void {
    this.undoButton.hidden = true;
    this.resetButton.hidden = this.code === this.original;
    this.unkept = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), KEEP_AFTER_MS);
  }

  private keep(): void {
    clearTimeout(this.timer);
    if (!this.unkept) return;
    const kept = edits.read(edits.storage(), this.where);
    const base = kept && kept.text === this.code ? kept.original : this.original;
    const text = this.code;
    const done = text === this.original && !kept || edits.keep(edits.storage(), this.where, { text, original: base });
    this.unkept = !done;
    if (!done) this.tell(t("cell.not_kept"));
  }

  /** Show what the person wrote into the same cell in another tab, unless there is something newer here. */
  private follow(): void {
    const text = edits.read(edits.storage(), this.where)?.text ?? this.original;
    if (this.unkept || text === this.code) return;
    this.text?.replace(text);
    clearTimeout(this.timer);
    this.unkept = false;
  }

  private tell(sentence: string): void {
    this.note.textContent = sentence;
    this.note.hidden = !sentence;
  }

  private followKernel(): void {
    if (this.asked) {
      if (kernel().state === "ready" && this.dataset.state === "loading") this.look("running", t("cell.waiting"));
    } else if (this.dataset.state === "idle" && kernel().state === "ready") {
      this.look("ready", this.contains(document.activeElement) ? t("engine.ready") : "");
    } else if (kernel().state === "asleep" || kernel().state === "failed") {
      if (this.dataset.state === "ready") this.look("idle");
    }
    this.showProgress();
  }

  private showProgress(): void {
    const total = config().engineBytes;
    const loading = this.asked && kernel().state === "loading";
    const { share } = kernel();
    const arriving = loading && share < 1;
    this.progress.hidden = !loading;
    this.megabytes.hidden = !arriving;
    if (!loading) return;
    if (arriving) this.progress.value = share;
    else this.progress.removeAttribute("value");
    const size = new Intl.NumberFormat(config().lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
    const loaded = size.format(share * total / MEGABYTE);
    this.megabytes.textContent = t("engine.megabytes", { loaded, total: size.format(total / MEGABYTE) });
  }

  private look(state: Look, sentence = ""): void {
    this.dataset.state = state;
    this.status.textContent = sentence;
    const busy = state === "running" || state === "loading";
    this.querySelector("output")?.setAttribute("aria-busy", String(busy)); // read out once, when it is whole
    this.runButton.hidden = busy;
    this.stopButton.hidden = !busy;
    this.runButton.textContent = t(this.does);
    this.resetButton.hidden = this.code === this.original;
    this.showProgress();
  }

  private button(key: string, act: () => void, kind = ""): HTMLButtonElement {
    return element("button", { type: "button", class: kind, onclick: act }, t(key));
  }
}
