/** Questions of a lesson: what a press answers. The page holds them as plain controls; this script comes with the first press. */

import { unpacked } from "./base64.ts";
import { config } from "./config.ts";
import * as edits from "./edits.ts";
import { element } from "./element.ts";
import { t } from "./messages.ts";
import { filled } from "./sentence.ts";

interface Packed {
  /** Whether each choice is right and why, the lines in their order, the right sides of pairs, or words for each gap. */
  answer: unknown;
  because: string;
}

interface Choice {
  right: boolean;
  why: string;
}

/** What is said: the first sentence, and one for each part that has something to say. */
interface Verdict {
  right: boolean;
  said: string;
  parts: string[];
}

/** Acts on a press of one of a question's buttons. */
export function press(button: HTMLElement): void {
  const question = button.closest<HTMLElement>(".ps-question");
  if (!question) return;
  if (button.dataset.move) move(question, button, Number(button.dataset.move));
  else answer(question);
}

function answer(question: HTMLElement): void {
  const packed = unpacked<Packed>(question);
  const verdict = judge(question, packed.answer);
  const said = question.querySelector(".ps-said");
  if (!said) return;
  question.dataset.state = verdict.right ? "right" : "wrong";
  const sentences = [verdict.said, ...verdict.parts, ...(verdict.right ? [packed.because] : [])].filter(Boolean);
  said.replaceChildren(...sentences.map((sentence) => element("p", { dir: "auto" }, ...filled(sentence, {}, {}))));
  keep(question, verdict.right);
}

function judge(question: HTMLElement, answer: unknown): Verdict {
  switch (question.dataset.kind) {
    case "order":
      return ordered(question, answer as string[]);
    case "match":
      return compared([...question.querySelectorAll("select")], (answer as string[]).map((right) => [right]));
    case "fill":
      return compared([...question.querySelectorAll("input")], answer as string[][]);
    default:
      return chosen(question, answer as Choice[]);
  }
}

function chosen(question: HTMLElement, choices: Choice[]): Verdict {
  const boxes = [...question.querySelectorAll<HTMLInputElement>("input")];
  if (!boxes.some(({ checked }) => checked)) return empty();
  const right = boxes.every(({ checked }, place) => checked === choices[place]?.right);
  const parts = boxes.flatMap(({ checked }, place) => checked ? [choices[place]?.why ?? ""] : []);
  if (question.dataset.kind === "one" || right) {
    return { right, said: t(right ? "question.right" : "question.wrong"), parts };
  }
  const agreeing = boxes.filter(({ checked }, place) => checked === choices[place]?.right).length;
  return { right, said: t("question.some", { right: agreeing, total: boxes.length }), parts };
}

function ordered(question: HTMLElement, lines: string[]): Verdict {
  const shown = [...question.querySelectorAll("li > span")].map((line) => line.textContent ?? "");
  const wrong = shown.findIndex((line, place) => line !== bare(lines[place] ?? ""));
  if (wrong < 0) return { right: true, said: t("question.right"), parts: [] };
  return { right: false, said: t("question.line_wrong", { line: wrong + 1 }), parts: [] };
}

function compared(fields: (HTMLInputElement | HTMLSelectElement)[], answers: string[][]): Verdict {
  if (fields.every(({ value }) => !value.trim())) return empty();
  let agreeing = 0;
  for (const [place, field] of fields.entries()) {
    const agrees = (answers[place] ?? []).some((answer) => same(answer, field.value));
    if (agrees) agreeing += 1;
    field.setAttribute("aria-invalid", String(!agrees));
  }
  const right = agreeing === fields.length;
  const said = right
    ? t("question.right")
    : fields.length === 1
    ? t("question.wrong")
    : t("question.some", { right: agreeing, total: fields.length });
  return { right, said, parts: [] };
}

function empty(): Verdict {
  return { right: false, said: t("question.empty"), parts: [] };
}

/** Whether two answers are the same but for spaces, quotes of another kind, and the digits of Arabic. */
function same(expected: string, written: string): boolean {
  return plain(expected) === plain(written);
}

function plain(text: string): string {
  return text.normalize("NFKC").trim().replace(/\s+/g, " ").replace(/[“”«»]/g, '"').replace(/[‘’]/g, "'")
    .replace(/[\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) - 0x660));
}

function bare(text: string): string {
  return text.replace(/`|\*\*/g, "");
}

function move(question: HTMLElement, button: HTMLElement, step: number): void {
  const line = button.closest("li");
  const list = line?.parentElement;
  if (!line || !list) return;
  const other = step < 0 ? line.previousElementSibling : line.nextElementSibling;
  if (other) step < 0 ? other.before(line) : other.after(line);
  button.focus(); // moving an element takes the focus from it
  const place = [...list.children].indexOf(line) + 1;
  const said = question.querySelector(".ps-said");
  delete question.dataset.state;
  said?.replaceChildren(
    element("p", { class: "ps-quiet" }, t("question.moved", { line: place, total: list.children.length })),
  );
}

/** Keep that a question was answered, for what shows progress. */
function keep(question: HTMLElement, right: boolean): void {
  if (!right) return;
  edits.keepTried(edits.storage(), edits.place(config().page, question.id), { tries: 1, passed: true });
}
