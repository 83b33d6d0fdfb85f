import { find, mayHandIn } from "../../site/browser/checks.ts";
import { type Cell, type Notebook, standing } from "../../site/browser/notebook.ts";
import { copyPath } from "../../site/browser/drive.ts";

function equal(found: unknown, expected: unknown): void {
  const [one, other] = [JSON.stringify(found), JSON.stringify(expected)];
  if (one !== other) throw new Error(`expected ${other}, found ${one}`);
}

const heading = (source: string): Cell => ({ cell_type: "markdown", source, metadata: {} });
const solution = (grade_id: string, source = "..."): Cell => ({
  cell_type: "code",
  source,
  metadata: { nbgrader: { grade_id, solution: true, grade: false } },
});
const test = (grade_id: string): Cell => ({
  cell_type: "code",
  source: "assert",
  metadata: { nbgrader: { grade_id, solution: false, grade: true } },
});
const notebook = (cells: Cell[], source?: string): Notebook => ({
  cells,
  metadata: source ? { passerelle: { source } } : {},
  nbformat: 4,
  nbformat_minor: 5,
});

const ORIGINAL = notebook([heading("## 1. `Prix`"), solution("prix"), test("prix-test"), solution("mots")]);
const GRADED = [{ notebook: "x", id: "prix-test", points: 1 }, { notebook: "x", id: "mots", points: 1 }];
const NOTHING = { empty: false, wrong: false, missing: [], doubled: [], unanswered: [] };

Deno.test("a finished notebook may be handed in", () => {
  const cells = [solution("prix", "6"), test("prix-test"), solution("mots", "parce que")];
  const findings = find(notebook(cells), ORIGINAL, GRADED);
  equal(findings, NOTHING);
  equal(mayHandIn(findings), true);
});

Deno.test("untouched answers are told by their heading and do not forbid handing in", () => {
  const findings = find(ORIGINAL, ORIGINAL, GRADED);
  equal(findings, { ...NOTHING, unanswered: ["1. Prix"] });
  equal(mayHandIn(findings), true);
});

Deno.test("missing and doubled cells forbid handing in", () => {
  const findings = find(notebook([solution("mots", "a"), solution("mots", "b")]), ORIGINAL, GRADED);
  equal([findings.missing, findings.doubled, mayHandIn(findings)], [["1. Prix"], ["1. Prix"], false]);
});

Deno.test("a question that the published notebook does not have either is told by its name", () => {
  const findings = find(ORIGINAL, ORIGINAL, [...GRADED, { notebook: "x", id: "bonus", points: 1 }]);
  equal(findings.missing, ["bonus"]);
});

Deno.test("an empty notebook and one of something else are told apart", () => {
  equal(find(notebook([heading(" ")]), ORIGINAL, GRADED), { ...NOTHING, empty: true });
  equal(find(notebook([heading("x")]), ORIGINAL, GRADED), { ...NOTHING, wrong: true });
});

Deno.test("the standing of a copy tells whether the learner changed it and whether the site did", async () => {
  const { sourceHash } = await import("../../site/browser/notebook.ts");
  const first = [heading("un")];
  const second = [heading("deux")];
  const mine = [heading("moi")];
  const now = notebook(second, sourceHash(notebook(second)));
  const then = sourceHash(notebook(first));
  equal(standing(null, now), "new");
  equal(standing(notebook(second, "older"), now), "same");
  equal(standing(notebook(mine, sourceHash(now)), now), "changed");
  equal(standing(notebook(first, then), now), "outdated");
  equal(standing(notebook(mine, then), now), "diverged");
  equal(standing(notebook(mine), now), "diverged");
});

Deno.test("a copy's name says when it was kept", () => {
  equal(copyPath("practice/fr/x.ipynb", new Date(2026, 0, 2, 3, 4, 5)), "practice/fr/x-copy-2026-01-02-03h04m05.ipynb");
});
