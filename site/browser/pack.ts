/** The `.handin` file: a zip with its manifest and the notebooks as they stood. */

import { strToU8, zipSync } from "fflate";
import { faults, type Manifest, receipt, stamp, type Who } from "./manifest.ts";
import { hash } from "./notebook.ts";

/** Most bytes that a hand-in file may have: graders refuse more. */
export const LIMIT_BYTES = 20 * 1024 * 1024;

export interface Packed {
  manifest: Manifest;
  bytes: Uint8Array<ArrayBuffer>;
}

export interface Work extends Who {
  assignment: string;
  language: string;
  release: string;
  /** Name → bytes of the notebook's file. */
  notebooks: ReadonlyMap<string, Uint8Array>;
}

/** Pack a learner's work. Throws when the manifest would not be valid: that is our fault, never the learner's. */
export function pack(work: Work, moment: Date): Packed {
  const notebooks = [...work.notebooks].map(([name, bytes]) => ({
    name,
    file: `${name}.ipynb`,
    sha256: hash(bytes),
    size_bytes: bytes.length,
  }));
  const manifest: Manifest = {
    format: "passerelle-handin",
    version: 1,
    course: work.course,
    learner: work.learner,
    assignment: work.assignment,
    language: work.language,
    created: stamp(moment),
    release: work.release,
    notebooks,
    code: receipt(notebooks),
  };
  const wrong = faults(manifest);
  if (wrong.length) throw new Error(`the hand-in file would not be valid at ${wrong.join(", ")}`);
  const entries: Record<string, Uint8Array> = { "manifest.json": strToU8(JSON.stringify(manifest, null, 1) + "\n") };
  for (const [name, bytes] of work.notebooks) entries[`${name}.ipynb`] = bytes;
  return { manifest, bytes: zipSync(entries, { level: 6, mtime: moment }) };
}
