/** A row of the characters that phone keyboards hide, above the on-screen keyboard while somebody writes code. */

import type { EditorView } from "@codemirror/view";
import { element } from "./element.ts";
import { t } from "./messages.ts";

const SIGNS = [":", "(", ")", '"', "'", "=", "_", "[", "]", "{", "}", "#", "<", ">", ".", ",", "+", "-", "*", "/"];
const CLOSING: Record<string, string> = { "(": ")", "[": "]", "{": "}", '"': '"', "'": "'" };
const INDENT = "    ";

/** Show the row for an editor that has the focus, until it loses it. */
export function keys(view: EditorView, place: HTMLElement, undo: (view: EditorView) => boolean): void {
  if (!view.hasFocus || place.nextElementSibling?.classList.contains("py-keys")) return;
  const key = (label: string, act: () => void, name = "") =>
    element("button", {
      type: "button",
      tabindex: "-1",
      "aria-label": name || false,
      onclick: () => {
        act();
        view.focus();
      },
    }, label);
  const row = element(
    "div",
    { class: "py-keys", role: "group", "aria-label": t("keys.name"), dir: "ltr" },
    key(t("keys.tab"), () => indent(view), t("keys.indent")),
    ...SIGNS.map((sign) => key(sign, () => type(view, sign))),
    key("←", () => move(view, false), t("keys.left")),
    key("→", () => move(view, true), t("keys.right")),
    key(t("keys.undo"), () => undo(view)),
  );
  // The focus stays in the editor, or the keyboard would close.
  for (const kind of ["pointerdown", "mousedown"]) row.addEventListener(kind, (event) => event.preventDefault());
  place.after(row);
  const left = new AbortController();
  const settle = () => {
    row.style.setProperty("--py-under", `${hidden()}px`);
    view.dispatch({ scrollIntoView: true });
  };
  for (const kind of ["resize", "scroll"]) {
    visualViewport?.addEventListener(
      kind,
      kind === "resize" ? settle : () => {
        row.style.setProperty("--py-under", `${hidden()}px`);
      },
      left,
    );
  }
  settle();
  place.addEventListener("focusout", (event) => {
    if (event.relatedTarget instanceof Node && row.contains(event.relatedTarget)) return;
    left.abort();
    row.remove();
  }, left);
}

/** Pixels at the bottom of the page's window that the keyboard covers. */
function hidden(): number {
  if (!visualViewport) return 0;
  return Math.max(0, document.documentElement.clientHeight - visualViewport.height - visualViewport.offsetTop);
}

/** Put a sign in: brackets and quotes as pairs around what is selected; a closing one that stands there is stepped over. */
function type(view: EditorView, sign: string): void {
  const { from, to, empty } = view.state.selection.main;
  const line = view.state.doc.lineAt(from);
  const before = line.text.slice(0, from - line.from);
  const next = view.state.sliceDoc(to, to + 1);
  const closing = CLOSING[sign];
  const quote = closing === sign;
  const within = quote && before.split(sign).length % 2 === 0;
  if (empty && next === sign && (Object.values(CLOSING).includes(sign)) && (!quote || within)) {
    view.dispatch({ selection: { anchor: to + 1 }, scrollIntoView: true });
    return;
  }
  const alone = empty &&
    (within || /[\p{L}\p{N}_"']/u.test(next) || quote && /[\p{L}\p{N}_]$/u.test(before) && !prefix(before));
  const inner = view.state.sliceDoc(from, to);
  view.dispatch({
    changes: { from, to, insert: closing && !alone ? sign + inner + closing : sign },
    selection: closing && !alone ? { anchor: from + 1, head: from + 1 + inner.length } : { anchor: from + 1 },
    scrollIntoView: true,
    userEvent: "input.type",
  });
}

/** Whether a line ends with what may stand before a string: `f`, `r`, `b`. */
function prefix(before: string): boolean {
  return /(?<![\p{L}\p{N}_])[bfru]{1,2}$/iu.test(before);
}

/** Indent the lines of the selection by one step, as the Tab key does. */
function indent(view: EditorView): void {
  const { doc, selection } = view.state;
  const first = doc.lineAt(selection.main.from).number;
  const last = doc.lineAt(selection.main.to).number;
  const changes = Array.from({ length: last - first + 1 }, (_, at) => ({
    from: doc.line(first + at).from,
    insert: INDENT,
  }));
  view.dispatch({ changes, scrollIntoView: true, userEvent: "input.indent" });
}

function move(view: EditorView, forward: boolean): void {
  const to = view.moveByChar(view.state.selection.main, forward);
  view.dispatch({ selection: { anchor: to.head }, scrollIntoView: true });
}
