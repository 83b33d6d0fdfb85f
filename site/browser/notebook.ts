/** Notebooks as data: the parts of nbformat 4.5 that we read, and what tells two of them apart. */

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

export interface Cell {
  id?: string;
  cell_type: string;
  source: string | string[];
  metadata: { nbgrader?: Grading; [key: string]: unknown };
  [key: string]: unknown;
}

/** nbgrader's cell metadata, schema 3. */
export interface Grading {
  grade_id?: string;
  grade?: boolean;
  solution?: boolean;
  task?: boolean;
  points?: number;
}

export interface Notebook {
  cells: Cell[];
  metadata: { passerelle?: { source?: string }; [key: string]: unknown };
  nbformat: number;
  nbformat_minor: number;
}

export function isNotebook(value: unknown): value is Notebook {
  const candidate = value as Partial<Notebook> | null;
  return typeof candidate === "object" && Array.isArray(candidate?.cells) && typeof candidate.metadata === "object";
}

export function text(cell: Cell): string {
  return Array.isArray(cell.source) ? cell.source.join("") : String(cell.source ?? "");
}

/** The bytes of the notebook's file, as it stands. */
export function toBytes(notebook: Notebook): Uint8Array {
  return utf8ToBytes(JSON.stringify(notebook, null, 1) + "\n");
}

export function hash(bytes: Uint8Array): string {
  return bytesToHex(sha256(bytes));
}

/** The same number as `source_hash` in build_scripts/notebooks.py: outputs and metadata do not count. */
export function sourceHash(notebook: Notebook): string {
  return hash(utf8ToBytes(notebook.cells.map((cell) => `${cell.cell_type}\n${text(cell)}\0`).join("")));
}

/**
 * How the learner's copy stands to the notebook that the site publishes today.
 *
 * - `new`: there is no copy
 * - `same`: the copy says what the site says
 * - `changed`: the learner changed the version that the site still publishes
 * - `outdated`: the copy is an older version that the learner did not change
 * - `diverged`: the learner changed an older version
 */
export type Standing = "new" | "same" | "changed" | "outdated" | "diverged";

export function standing(copy: Notebook | null, original: Notebook): Standing {
  if (!copy) return "new";
  const published = original.metadata.passerelle?.source ?? sourceHash(original);
  const mine = sourceHash(copy);
  if (mine === published) return "same";
  const from = copy.metadata.passerelle?.source;
  if (from === published) return "changed";
  return mine === from ? "outdated" : "diverged";
}
