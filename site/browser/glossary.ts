/** What a computing word means, shown where it stands: by pointer, focus or press; Escape closes it. */

import { config } from "./config.ts";
import { element } from "./element.ts";
import { t } from "./messages.ts";

/** So long may the pointer be on its way from the word to the explanation. */
const LEAVING_MS = 300;
const EDGE_PX = 8;

let open: { word: HTMLElement; tip: HTMLElement; pinned: boolean } | undefined;
let leaving = 0;
/** Gets the focus back when its explanation is closed: no reason to open it again. */
let left: HTMLElement | undefined;

/** Show the explanation of a word. A press on the word of an explanation that a press opened closes it. */
export function explainWord(word: HTMLAnchorElement, pressed: boolean): void {
  clearTimeout(leaving);
  const back = left === word && !pressed;
  left = undefined;
  if (back) return;
  if (open?.word === word) {
    if (pressed && open.pinned) close();
    else open.pinned ||= pressed;
    return;
  }
  const found = config().glossary?.[word.dataset.word ?? ""];
  if (!found) {
    if (pressed) location.assign(word.href);
    return;
  }
  close();
  const names = Object.entries(found.others).map(([lang, name]) => element("bdi", { lang }, name));
  const said = element("span", { role: "status" });
  const tip = element(
    "span",
    { class: "ps-tip", id: "ps-tip" },
    said,
    element("a", { href: word.href }, t("glossary.more")),
  );
  word.after(tip);
  said.append(
    element("strong", {}, found.term),
    element("span", { class: "ps-tip__names" }, ...names.flatMap((name, at) => at ? [" · ", name] : [name])),
    element("span", { class: "ps-tip__text" }, ...prose(found.text)),
  );
  word.setAttribute("aria-describedby", tip.id);
  open = { word, tip, pinned: pressed };
  place(word, tip);
  for (const one of [word, tip]) {
    one.addEventListener("pointerleave", leave);
    one.addEventListener("pointerenter", stay);
    one.addEventListener("focusout", blurred);
  }
  document.addEventListener("keydown", escaped);
  document.addEventListener("pointerdown", elsewhere);
}

/** A sentence whose code stands between backticks. */
function prose(text: string): (Node | string)[] {
  return text.split("`").map((part, at) => at % 2 ? element("code", { dir: "ltr" }, part) : part);
}

function close(): void {
  if (!open) return;
  const { word, tip } = open;
  open = undefined;
  clearTimeout(leaving);
  word.removeAttribute("aria-describedby");
  word.removeEventListener("pointerleave", leave);
  word.removeEventListener("pointerenter", stay);
  word.removeEventListener("focusout", blurred);
  document.removeEventListener("keydown", escaped);
  document.removeEventListener("pointerdown", elsewhere);
  tip.remove();
}

/** Under the word, within the window; on a narrow one as wide as the text. */
function place(word: HTMLElement, tip: HTMLElement): void {
  const around = (tip.offsetParent ?? document.body).getBoundingClientRect();
  const at = word.getClientRects()[0] ?? word.getBoundingClientRect();
  const furthest = document.documentElement.clientWidth - tip.offsetWidth - EDGE_PX;
  tip.style.left = `${Math.max(EDGE_PX, Math.min(at.left, furthest)) - around.left}px`;
  tip.style.top = `${at.bottom - around.top}px`;
}

function stay(): void {
  clearTimeout(leaving);
}

function leave(event: PointerEvent): void {
  if (event.pointerType !== "mouse" || open?.pinned || open?.word.matches(":focus")) return;
  clearTimeout(leaving);
  leaving = setTimeout(close, LEAVING_MS);
}

function blurred(event: FocusEvent): void {
  if (!(event.relatedTarget instanceof Node) || !open) return;
  if (event.relatedTarget !== open.word && !open.tip.contains(event.relatedTarget)) close();
}

function escaped(event: KeyboardEvent): void {
  if (event.key !== "Escape" || !open) return;
  const { word, tip } = open;
  const inside = tip.contains(document.activeElement);
  close();
  if (!inside) return;
  left = word;
  word.focus();
}

function elsewhere(event: PointerEvent): void {
  if (open && event.target instanceof Node && !open.tip.contains(event.target) && !open.word.contains(event.target)) {
    close();
  }
}
