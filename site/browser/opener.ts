/** `<notebook-opener>`: the link that opens a lesson as a notebook; it opens below the lesson, under our own bar. */

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
  }
}
