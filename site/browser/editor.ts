/** The editor of a cell: CodeMirror 6 for Python. */

import { defaultKeymap, history, historyKeymap, indentWithTab, undo } from "@codemirror/commands";
import { pythonLanguage } from "@codemirror/lang-python";
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  indentUnit,
  LanguageSupport,
  syntaxHighlighting,
} from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { element } from "./element.ts";
import { script } from "./scripts.ts";

export interface Wishes {
  text: string;
  /** What a screen reader calls the editor. */
  label: string;
  /** How to run the code and how to leave the editor by keyboard. */
  help: string;
  run(): void;
  /** Stop what runs; false when nothing does. */
  stop(): boolean | void;
  changed(text: string): void;
}

const LOOK = EditorView.theme({
  "&": { color: "var(--md-code-fg-color)", fontSize: "inherit" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "inherit", lineHeight: "1.6" },
  ".cm-content": { padding: "0.8rem 0", caretColor: "var(--md-code-fg-color)" },
  ".cm-line": { padding: "0 1rem" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--md-code-hl-color--light)", outline: "1px solid" },
});

/** On what is touched, a row of keys covers the bottom of the page while somebody writes. */
const TOUCHED = matchMedia("(pointer: coarse)");
/** What covers the line being written: the page's header, and that row. */
const MARGINS = TOUCHED.matches ? { top: 56, bottom: 60 } : { top: 56 };

/** Colours of Material's own code blocks, so that a cell looks the same before and after it wakes up. */
const COLOURS = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword], color: "var(--md-code-hl-keyword-color)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--md-code-hl-string-color)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--md-code-hl-number-color)" },
  { tag: tags.comment, color: "var(--md-code-hl-comment-color)" },
  { tag: tags.operator, color: "var(--md-code-hl-operator-color)" },
  { tag: tags.function(tags.definition(tags.variableName)), color: "var(--md-code-hl-function-color)" },
]);

/**
 * An editor in a place. It lives in a shadow root, where CodeMirror's styles are constructed sheets, which the page's
 * content policy lets through; in the page itself they would be inline styles.
 * Shift+Enter and Ctrl+Enter run; Ctrl+C stops where no text is selected, as in a terminal; Tab indents, and after Escape it leaves.
 *
 * Source: CodeMirror 6 reference, `indentWithTab` and `EditorView.setTabFocusMode`.
 */
export function editor(parent: HTMLElement, wishes: Wishes): EditorView {
  const run = () => {
    wishes.run();
    return true;
  };
  const stop = (view: EditorView) => view.state.selection.main.empty && wishes.stop() !== false;
  const root = parent.attachShadow({ mode: "open" });
  root.append(element("span", { id: "help", hidden: true }, wishes.help));
  const view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      doc: wishes.text,
      extensions: [
        keymap.of([
          { key: "Shift-Enter", run },
          { key: "Mod-Enter", run },
          { key: "Ctrl-c", run: stop },
          indentWithTab,
        ]),
        keymap.of([...defaultKeymap, ...historyKeymap]),
        history(),
        new LanguageSupport(pythonLanguage), // `python()` would bring completion, 5 kB that no cell uses
        indentUnit.of("    "),
        indentOnInput(),
        bracketMatching(),
        syntaxHighlighting(COLOURS),
        LOOK,
        EditorView.lineWrapping,
        EditorView.scrollMargins.of(() => MARGINS),
        EditorView.contentAttributes.of({
          "aria-label": wishes.label,
          "aria-describedby": "help",
          autocapitalize: "off",
          autocorrect: "off",
          spellcheck: "false",
          translate: "no",
          dir: "ltr",
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) wishes.changed(update.state.doc.toString());
        }),
      ],
    }),
  });
  parent.addEventListener("focusin", () => {
    if (TOUCHED.matches) script("keys").then(({ keys }) => keys(view, parent, undo)).catch(console.error);
  });
  return view;
}

/** Put another text into an editor; the person can undo it. */
export function replace(view: EditorView, text: string): void {
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
}
