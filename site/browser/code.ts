/** The code of a cell: as the page shows it at first, then in an editor, which comes when the page has nothing to do. */

import type { EditorView } from "@codemirror/view";
import type { Wishes } from "./editor.ts";
import { element } from "./element.ts";
import { script } from "./scripts.ts";
import { startOver } from "./starting.ts";

type Editor = typeof import("./editor.ts");

let coming: Promise<Editor> | undefined;

/** The editor's module, fetched once; again after a failure. */
function editor(): Promise<Editor> {
  coming ??= script("editor");
  coming.catch(() => coming = undefined);
  return coming;
}

/** So long may a busy page keep its reader without an editor. */
const LATEST_MS = 1_500;

export class Code {
  readonly place = element("div", { class: "py-editor", dir: "ltr", role: "group", tabindex: "0" });
  private view: EditorView | undefined;
  private module: Editor | undefined;
  private text: string;

  /** `shown` is the page's own block of code; it stays until the editor is there. */
  constructor(private readonly shown: Element, private readonly wishes: Wishes) {
    this.text = wishes.text;
    this.place.setAttribute("aria-label", wishes.label);
    shown.replaceWith(this.place);
    this.place.append(shown);
    this.show();
    const wake = () => void this.wake().catch(console.error);
    for (const event of ["focusin", "pointerdown"]) this.place.addEventListener(event, wake, { once: true });
    const later = () => void Promise.race([startOver(), pause(LATEST_MS)]).then(wake);
    if ("requestIdleCallback" in globalThis) requestIdleCallback(later, { timeout: LATEST_MS });
    else setTimeout(later, LATEST_MS);
  }

  get current(): string {
    return this.view?.state.doc.toString() ?? this.text;
  }

  /** Put another text into the place of this one; the person can undo it. */
  replace(text: string): void {
    if (this.view) this.module?.replace(this.view, text);
    else if (text !== this.text) {
      this.text = text;
      this.show();
      this.wishes.changed(text);
    }
  }

  focus(): void {
    (this.view ?? this.place).focus();
  }

  private show(): void {
    const block = this.shown.querySelector("code") ?? this.shown;
    if ((block.textContent ?? "").replace(/\n$/, "") !== this.text) block.textContent = `${this.text}\n`;
  }

  private async wake(): Promise<void> {
    const module = await editor();
    if (this.view) return;
    const focused = document.activeElement === this.place;
    for (const name of ["role", "tabindex", "aria-label"]) this.place.removeAttribute(name);
    this.module = module;
    this.view = module.editor(this.place, { ...this.wishes, text: this.text });
    this.shown.remove();
    if (focused) this.view.focus();
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
