/** An exercise: what its checks say, in the page's language, and its solution in the end; a script of its own. */

import { unpacked } from "./base64.ts";
import * as edits from "./edits.ts";
import { element } from "./element.ts";
import type { Ending } from "./kernel.ts";
import { t } from "./messages.ts";
import type { Checked, Explained, Parts } from "./protocol.ts";
import { script } from "./scripts.ts";
import { code, filled } from "./sentence.ts";

const BLANK = /(^|[^_\w])___([^_\w]|$)/;

export class Exercise {
  readonly parts: Parts;
  private tried: edits.Tried;
  private readonly place = element("div", { class: "py-exercise" });
  private readonly said = element("div", { role: "status" });

  constructor(cell: HTMLElement, private readonly where: string) {
    this.parts = unpacked(cell);
    this.tried = edits.tried(edits.storage(), where);
    this.place.append(this.said);
    cell.append(this.place);
    this.show();
  }

  /** Whether there is nothing to run yet; says so. */
  refuses(code: string): boolean {
    const program = code.replace(/#.*$/gm, "").trim();
    const sentence = !program ? t("exercise.empty") : BLANK.test(program) ? t("exercise.blank") : "";
    if (sentence) this.say("todo", element("p", {}, ...filled(sentence, {}, {})));
    return sentence !== "";
  }

  /** Tell what came of a try. */
  tell(ending: Ending): void {
    if (ending.status === "dropped" || ending.status === "failed") return;
    const passed = ending.status === "ok" && (ending.checks ?? []).every(({ ok }) => ok);
    if (!this.tried.passed) this.keep({ tries: this.tried.tries + 1, passed });
    if (ending.status === "ok") this.list(ending.checks ?? [], passed).catch(console.error);
    else this.say("todo", element("p", {}, t(`exercise.${sort(ending)}`)));
    this.show();
  }

  private async list(checks: Checked[], passed: boolean): Promise<void> {
    const right = checks.filter(({ ok }) => ok).length;
    const head = passed ? t("exercise.passed") : t("exercise.failed", { right, total: checks.length });
    const items = await Promise.all(
      checks.map(async (check) => item(check, await sentence(check).catch(() => [code(check.source)]))),
    );
    this.say(passed ? "passed" : "todo", element("p", { class: "py-what" }, head), element("ul", {}, ...items));
  }

  private say(state: "todo" | "passed", ...what: Node[]): void {
    this.place.dataset.state = state;
    this.said.replaceChildren(...what);
  }

  private keep(tried: edits.Tried): void {
    this.tried = tried;
    edits.keepTried(edits.storage(), this.where, tried);
  }

  /** What was reached, and the solution once it may be seen. */
  private show(): void {
    const { passed, tries } = this.tried;
    if (passed && !this.said.hasChildNodes()) this.say("passed", element("p", {}, t("exercise.done")));
    const left = this.parts.tries - tries;
    if (!this.parts.solution || this.place.querySelector("details")) return;
    this.place.querySelector(".py-left")?.remove();
    if (!passed && left > 0) {
      if (tries) this.place.append(element("p", { class: "py-left" }, t("exercise.left", { left })));
      return;
    }
    const solution = element(
      "pre",
      { dir: "ltr", translate: "no" },
      element("code", {}, this.parts.solution.trimEnd()),
    );
    this.place.append(element("details", {}, element("summary", {}, t("exercise.solution")), solution));
  }
}

function sort(ending: Ending): "endless" | "syntax" | "error" {
  if (ending.status === "interrupted" || ending.status === "stopped") return "endless";
  const name = ending.status === "error" ? ending.ename : "";
  return /^(Syntax|Indentation|Tab|_Incomplete)/.test(name) ? "syntax" : "error";
}

function item({ ok }: Checked, sentence: (Node | string)[]): HTMLElement {
  const mark = element("span", {
    class: "py-mark",
    role: "img",
    "aria-label": t(ok ? "exercise.ok" : "exercise.not_ok"),
  });
  mark.textContent = ok ? "\u2713" : "\u2717";
  return element("li", { class: ok ? "py-right" : "py-wrong" }, mark, " ", ...sentence);
}

/** What a check expects, and what came. */
async function sentence(check: Checked): Promise<(Node | string)[]> {
  const right = `exercise.right_${check.form}`;
  if (check.ok) return t(right) === right ? [code(check.source)] : filled(t(right), check, {});
  const { meaning, kinds } = await script("explain");
  const words = await kinds().catch(() => ({}));
  const said = filled(t(`exercise.is_${check.form}`), check, words);
  if (!check.explained) return said;
  return [...said, " ", ...await meaning(check.explained as Explained).catch(() => [check.explained!.key])];
}
