/** Questions: one modal dialog at a time, closed with Escape as with its last button. */

import { button, element } from "./element.ts";

export interface Choice {
  label: string;
  value: string;
  kind?: string;
}

/** Ask, and give back the value of the pressed button; empty when the person left the dialog. */
export function ask(title: string, body: (Node | string)[], choices: Choice[]): Promise<string> {
  return new Promise((resolve) => {
    const buttons = choices.map(({ label, value, kind }) => button(label, () => dialog.close(value), kind));
    const heading = element("h2", { id: "nb-dialog-title" }, title);
    const dialog = element(
      "dialog",
      { class: "nb-dialog", "aria-labelledby": heading.id },
      heading,
      ...body,
      element("div", { class: "nb-dialog__buttons" }, ...buttons),
    );
    show(dialog, () => resolve(dialog.returnValue));
  });
}

/** Show a dialog, and remove it when it is closed. */
export function show(dialog: HTMLDialogElement, closed: () => void): void {
  const before = document.activeElement;
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (before instanceof HTMLElement) before.focus();
    closed();
  });
  document.body.append(dialog);
  dialog.showModal();
}

export function paragraphs(...texts: string[]): HTMLParagraphElement[] {
  return texts.map((text) => element("p", {}, text));
}

export function bullets(items: readonly string[]): HTMLUListElement {
  return element("ul", {}, ...items.map((item) => element("li", {}, item)));
}
