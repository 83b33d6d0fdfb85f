/** `<notebook-frame>`: a notebook of JupyterLite under our own bar, in the page's language. */

import { ask, paragraphs } from "./dialog.ts";
import * as drive from "./drive.ts";
import { button, download, element } from "./element.ts";
import type { Execution } from "./execution.ts";
import { HandIn } from "./handin.ts";
import { OpenNotebook } from "./jupyter.ts";
import { t } from "./messages.ts";
import { RunNotice } from "./running.ts";
import { isNotebook, type Notebook, standing, toBytes } from "./notebook.ts";
import { pageNotebook } from "./release.ts";
import { remembered } from "./who.ts";

const LOAD_TIMEOUT_MS = 120_000;
const SAVE_AFTER_MS = 1_000;

export class NotebookFrame extends HTMLElement {
  private readonly page = pageNotebook();
  private readonly state = element("span", { class: "nb-state", role: "status" });
  private readonly python = element("span", { class: "nb-python", role: "status" });
  private readonly notice = element("div", { class: "nb-notice", role: "status", hidden: true });
  private readonly copies = element("details", { class: "nb-earlier", hidden: true });
  private readonly frame = element("iframe", { title: t("frame.title") });
  private readonly buttons = element("div", { class: "nb-buttons" });
  private readonly originals = new Map<string, Notebook>();
  private path = "";
  private open?: OpenNotebook;
  private timer = 0;
  private started = false;
  private asked = false;
  /** The person pressed Save and waits to hear how it went. */
  private awaited = false;

  connectedCallback(): void {
    if (this.started) return;
    this.started = true;
    const course = remembered()?.course;
    const release = this.page.releases.find((release) => release.course === course);
    this.path = release?.notebook ?? this.dataset.notebook ?? "";
    const fallback = element("div", {}, ...this.childNodes);
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", t("frame.title"));
    const bar = element("div", { class: "nb-bar" }, element("p", { class: "nb-states" }, this.state, this.python));
    bar.append(this.buttons);
    this.replaceChildren(bar, this.notice, this.copies, this.frame);
    this.tell("loading", t("frame.loading"));
    this.start().catch((error) => {
      console.error(error);
      this.frame.remove();
      this.tell("loading", t("frame.failed"));
      this.append(fallback);
    });
  }

  private async start(): Promise<void> {
    const kept = await drive.keeps();
    const original = await this.original(this.path);
    const copy = kept ? await drive.read(this.path) : null;
    const found = standing(copy, original);
    if (found === "outdated") await drive.forget(this.path);
    const page = `${this.page.lite}notebooks-${this.page.lang}/index.html`;
    keepFocus(this.frame);
    this.frame.src = `${page}?path=${encodeURIComponent(this.path)}`;
    this.open = await OpenNotebook.in(this.frame, () => this.changed(), LOAD_TIMEOUT_MS);
    this.addButtons();
    this.addStop(this.open.execution);
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) void this.save();
    });
    this.changed();
    if (!kept) this.say([t("frame.no_storage")]);
    else if (found === "outdated") this.say([t("frame.updated")], true);
    else if (found === "diverged") this.offerNew(original);
    await this.tellCopies();
  }

  /** Stop stands first among the buttons while something runs, and beside the sentence when that takes long. */
  private addStop(execution: Execution): void {
    const stop = button(t("lite.stop"), () => {
      this.frame.focus();
      void execution.stop();
    }, "nb-stop");
    const show = () => stop.classList.toggle("nb-stop--idle", !execution.busy || execution.long);
    execution.addEventListener("change", show);
    show();
    this.buttons.prepend(stop);
    this.notice.before(new RunNotice(execution).element);
  }

  private addButtons(): void {
    this.buttons.append(
      button(t("frame.save"), () => {
        this.awaited = this.open?.dirty ?? false;
        void this.save();
      }),
      button(t("frame.download"), () => this.download()),
      button(t("frame.reset"), () => void this.reset()),
    );
    if (this.dataset.kind !== "assignment" || !this.page.releases.length) return;
    const handIn = new HandIn({
      lang: this.page.lang,
      releases: this.page.releases,
      saved: async () => {
        await this.save();
        return this.notebook;
      },
      original: (release) => this.original(release.notebook),
    });
    this.buttons.append(handIn.button);
    this.frame.before(handIn.panel); // who hands in, and the receipt, stand where the button is
  }

  private get notebook(): Notebook {
    if (!this.open) throw new Error("the notebook is not open yet");
    return this.open.notebook;
  }

  /** The notebook as the site publishes it today; without a connection, as it was when the page opened. */
  private async original(path: string): Promise<Notebook> {
    const known = this.originals.get(path);
    try {
      const answer = await fetch(`${this.page.lite}files/${path}`, { cache: "no-cache" });
      const notebook: unknown = answer.ok ? await answer.json() : null;
      if (!isNotebook(notebook)) throw new Error(`${path} is not published`);
      this.originals.set(path, notebook);
      return notebook;
    } catch (error) {
      if (known) return known;
      throw error;
    }
  }

  /** Say how things stand, and save soon what is not saved. */
  private changed(): void {
    const open = this.open;
    if (!open) return;
    if (open.saving) this.tell("unsaved", t("frame.saving"), false);
    else if (open.failed) this.tell("unsaved", t("frame.save_failed"));
    else if (open.dirty) this.tell("unsaved", t("frame.unsaved"), false);
    else if (this.dataset.state === "unsaved") {
      const time = new Intl.DateTimeFormat(this.page.lang, { timeStyle: "short" }).format(new Date());
      this.tell("saved", t("frame.saved", { time }), this.awaited);
      this.awaited = false;
    } else if (this.dataset.state === "loading") this.tell("ready", t("frame.ready"));
    this.python.textContent = t(`frame.python_${open.python}`);
    this.python.dataset.python = open.python;
    clearTimeout(this.timer);
    if (open.dirty && !open.saving) this.timer = setTimeout(() => void this.save(), SAVE_AFTER_MS);
  }

  private async save(): Promise<void> {
    if (this.open?.dirty && !this.asked) {
      this.asked = true; // once a visit: some browsers put the question to the person
      void navigator.storage?.persist?.();
    }
    try {
      await this.open?.save();
    } catch {
      this.tell("unsaved", t("frame.save_failed"));
    }
  }

  private download(): void {
    const name = this.path.split("/").at(-1) ?? "notebook.ipynb";
    download(name, new Uint8Array(toBytes(this.notebook)), "application/x-ipynb+json");
  }

  private async reset(): Promise<void> {
    const choices = [
      { label: t("frame.reset_no"), value: "" },
      { label: t("frame.reset_yes"), value: "yes" },
    ];
    const agreed = await ask(t("frame.reset"), paragraphs(t("frame.reset_ask"), t("frame.reset_copy")), choices);
    if (agreed === "yes") await this.startOver(await this.original(this.path));
  }

  /** Keep the learner's notebook as a copy beside it, then show the original. */
  private async startOver(original: Notebook): Promise<void> {
    if (!this.open) return;
    const path = drive.copyPath(this.path, new Date());
    try {
      await this.open.write(path, this.notebook);
    } catch {
      this.say([t("frame.save_failed")]);
      return;
    }
    await this.open.replace(original);
    this.say([t("frame.reset_done", { name: path.split("/").at(-1) ?? path })], true);
    await this.tellCopies();
  }

  private offerNew(original: Notebook): void {
    const take = button(t("frame.take_new"), () => void this.startOver(original));
    const stay = button(t("frame.keep_mine"), () => this.say([]));
    this.say([t("frame.diverged"), take, stay]);
  }

  private say(parts: (Node | string)[], closable = false): void {
    this.notice.hidden = !parts.length;
    const texts = parts.map((part) => (typeof part === "string" ? element("p", {}, part) : part));
    const close = closable ? [button(t("frame.close"), () => this.say([]))] : [];
    this.notice.replaceChildren(...texts, ...close);
  }

  private async tellCopies(): Promise<void> {
    const paths = await drive.list(drive.copyPrefix(this.path)).catch(() => []);
    this.copies.hidden = !paths.length;
    this.copies.replaceChildren(
      element("summary", {}, t("frame.copies", { count: String(paths.length) })),
      element("ul", {}, ...paths.map((path) => this.copyLine(path))),
    );
  }

  private copyLine(path: string): HTMLLIElement {
    const href = `${this.page.lite}notebooks-${this.page.lang}/index.html?path=${encodeURIComponent(path)}`;
    return element("li", {}, element("a", { href, target: "_blank", dir: "ltr" }, path.split("/").at(-1) ?? path));
  }

  /** Show how things stand. Screen readers are not told of each save while somebody writes. */
  private tell(state: "loading" | "ready" | "saved" | "unsaved", sentence: string, aloud = true): void {
    this.dataset.state = state;
    this.state.setAttribute("aria-live", aloud ? "polite" : "off");
    if (this.state.textContent !== sentence) this.state.textContent = sentence;
  }
}

/** Give the focus back when JupyterLab takes it while it opens: a reader must not be carried off down the page. */
function keepFocus(frame: HTMLIFrameElement): void {
  const touched = new AbortController();
  const options = { signal: touched.signal, capture: true };
  const touch = () => touched.abort();
  const giveBack = () => {
    if (document.activeElement === frame) frame.blur();
  };
  addEventListener("keydown", (event) => {
    if (event.key === "Tab") touch();
  }, options);
  frame.addEventListener("load", () => {
    frame.contentWindow?.addEventListener("pointerdown", touch, options);
    frame.contentWindow?.addEventListener("focusin", giveBack, options);
  }, options);
}
