/** What a learner should know before handing in: which questions are missing, doubled or not answered. */

import { type Cell, type Notebook, text } from "./notebook.ts";

/** A graded cell as release.json tells. */
export interface GradedCell {
  notebook: string;
  id: string;
  points: number;
}

export interface Findings {
  /** The notebook holds no code and no text. */
  empty: boolean;
  /** None of the assignment's questions is in it. */
  wrong: boolean;
  missing: string[];
  doubled: string[];
  unanswered: string[];
}

/**
 * Compare a learner's notebook with the released one.
 *
 * Questions are told by their title in the released notebook, else by their name: learners never saw the names.
 */
export function find(notebook: Notebook, original: Notebook, graded: readonly GradedCell[]): Findings {
  const names = titles(original);
  const told = (ids: Iterable<string>) => [...new Set([...ids].map((id) => names.get(id) ?? id))];
  const published = byId(original);
  const mine = byId(notebook);
  const expected = new Set([...published.keys(), ...graded.map((cell) => cell.id)]);
  const present = [...expected].filter((id) => mine.has(id));
  const missing = [...expected].filter((id) => !mine.has(id));
  const doubled = present.filter((id) => (mine.get(id)?.length ?? 0) > 1);
  const unanswered = present.filter((id) => {
    const [cell] = published.get(id) ?? [];
    return cell?.metadata.nbgrader?.solution && mine.get(id)?.every((copy) => sameText(copy, cell));
  });
  const empty = !notebook.cells.some((cell) => text(cell).trim());
  const wrong = !empty && present.length === 0;
  return {
    empty,
    wrong,
    missing: empty || wrong ? [] : told(missing),
    doubled: told(doubled),
    unanswered: told(unanswered),
  };
}

export function mayHandIn(findings: Findings): boolean {
  return !(findings.empty || findings.wrong || findings.missing.length || findings.doubled.length);
}

function sameText(one: Cell, other: Cell): boolean {
  return text(one).trim() === text(other).trim();
}

/** Cells that nbgrader grades or that learners answer in, by grade id. */
function byId(notebook: Notebook): Map<string, Cell[]> {
  const found = new Map<string, Cell[]>();
  for (const cell of notebook.cells) {
    const grading = cell.metadata?.nbgrader;
    if (!grading?.grade_id || !(grading.grade || grading.solution || grading.task)) continue;
    found.set(grading.grade_id, [...(found.get(grading.grade_id) ?? []), cell]);
  }
  return found;
}

/** Grade id → the heading that stands before the cell. */
function titles(notebook: Notebook): Map<string, string> {
  const found = new Map<string, string>();
  let heading = "";
  for (const cell of notebook.cells) {
    if (cell.cell_type === "markdown") {
      const headings = [...text(cell).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)];
      heading = headings.at(-1)?.[1]?.replace(/[*_`]/g, "") ?? heading;
    }
    const id = cell.metadata?.nbgrader?.grade_id;
    if (id && heading) found.set(id, heading);
  }
  return found;
}
