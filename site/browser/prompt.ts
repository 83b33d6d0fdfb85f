/** The question of a program in its cell: a field where the output is, which goes when it is answered. */

import { element } from "./element.ts";
import { t } from "./messages.ts";
import type { Question } from "./stdin.ts";

export interface Prompt {
  answer: Promise<string | null>;
  /** Take the question back. */
  withdraw(): void;
}

/** Ask the person, below `place`; resolves to null when the question is withdrawn. */
export function prompt(place: HTMLElement, { prompt: asked, secret }: Question): Prompt {
  let end = (_answer: string | null) => {};
  const answer = new Promise<string | null>((resolve) => end = resolve);
  const field = element("input", {
    type: secret ? "password" : "text",
    autocapitalize: "off",
    autocomplete: "off",
    dir: "auto",
    enterkeyhint: "send",
    spellcheck: "false",
  });
  const label = element("label", { dir: "auto" }, element("span", {}, asked.trim() || t("cell.input")), field);
  const form = element("form", { class: "py-input" }, label, element("button", {}, t("cell.input_send")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    form.remove();
    end(field.value);
  });
  place.after(form);
  field.focus();
  const withdraw = () => {
    form.remove();
    end(null);
  };
  return { answer, withdraw };
}
