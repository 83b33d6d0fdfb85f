/** What JupyterLab's field for an answer lacks: a name for screen readers, room for a finger, peace from a phone's keyboard. */

import { t } from "./messages.ts";

const ATTRIBUTES = {
  autocapitalize: "off",
  autocomplete: "off",
  dir: "auto",
  enterkeyhint: "send",
  spellcheck: "false",
};
/** Smaller letters make some phones zoom in. */
const STYLE = { fontSize: "16px", minBlockSize: "44px" };

/** Complete the field of a question that is about to be shown among a cell's outputs. */
export function complete(outputs: HTMLElement, prompt: string): void {
  const look = () => {
    const field = outputs.querySelector<HTMLElement>(".jp-Stdin-input:not([aria-label])");
    if (!field) return;
    observer.disconnect();
    field.setAttribute("aria-label", prompt.trim() || t("lite.input"));
    for (const [name, value] of Object.entries(ATTRIBUTES)) field.setAttribute(name, value);
    Object.assign(field.style, STYLE);
    field.parentElement?.setAttribute("dir", "auto");
  };
  const observer = new MutationObserver(look);
  observer.observe(outputs, { childList: true, subtree: true });
}
