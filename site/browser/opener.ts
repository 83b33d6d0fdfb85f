/** `<notebook-opener>`: the link that opens a lesson as a notebook; it opens below the lesson, under our own bar. */

import { script } from "./scripts.ts";

/** Fetch and define `<notebook-frame>`, which lessons without an open notebook do without. */
export async function defineFrame(): Promise<void> {
  const { NotebookFrame } = await script("frame");
  if (!customElements.get("notebook-frame")) customElements.define("notebook-frame", NotebookFrame);
}

export class NotebookOpener extends HTMLElement {
  connectedCallback(): void {
    const link = this.querySelector("a");
    link?.addEventListener("click", (event) => {
      // With a key held or another button, a person wants a new tab: the notebook alone, without our bar.
      if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      this.open();
    });
  }

  private open(): void {
    const frame = document.createElement("notebook-frame");
    frame.dataset.kind = "lesson";
    frame.dataset.notebook = this.dataset.notebook ?? "";
    frame.tabIndex = -1;
    frame.append(...this.childNodes); // what the frame shows again when it cannot open
    this.replaceChildren(frame);
    frame.focus({ preventScroll: true });
    frame.scrollIntoView({ block: "start" });
    defineFrame().catch((error) => {
      console.error(error);
      frame.replaceWith(...frame.childNodes); // the link leads to the notebook without our bar
    });
  }
}
