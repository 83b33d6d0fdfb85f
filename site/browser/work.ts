/**
 * Everything that somebody made in this browser, as one file, and back.
 *
 * The file is JSON, compressed with gzip. What comes from a file is believed only as far as it has the form of what we
 * would have written: names are checked, notebooks are data and never trusted to run, sizes are bounded while reading.
 */

import type { Attempt } from "./attempts.ts";
import { isEdit, isTried, TRIED } from "./edits.ts";
import { isNotebook } from "./notebook.ts";

export const FORMAT = "passerelle-work";
export const VERSION = 1;
const MOST_BYTES = 200 * 1024 * 1024;
const MOST_ENTRIES = 20_000;
const LONGEST_TEXT = 1024 * 1024;
const CELL = /^passerelle\/cell\/[\w./-]{1,200}#[\w-]{1,80}(\/tried)?$/;
const FILE = /^[\w.-]{1,200}\.handin$/;
const TYPES = ["notebook", "file", "directory"];

/** A file of JupyterLite. Source: jupyterlite 0.8, `IModel`. */
export interface Model {
  path: string;
  name: string;
  type: string;
  last_modified: string;
  content: unknown;
  [field: string]: unknown;
}

/** A hand-in's copy, its bytes in base64. */
export type Kept = Omit<Attempt, "bytes"> & { bytes: string };

export interface Work {
  format: typeof FORMAT;
  version: typeof VERSION;
  made: string;
  /** Texts of lesson cells and how exercises went, as `localStorage` holds them. */
  cells: Record<string, string>;
  notebooks: Record<string, Model>;
  handins: Record<string, Kept>;
}

/** Why a file is refused. */
export class Refused extends Error {
  constructor(readonly reason: "damaged" | "foreign" | "newer" | "large") {
    super(reason);
  }
}

export async function packed(work: Work): Promise<Blob> {
  const text = new Blob([JSON.stringify(work)]).stream();
  return await new Response(text.pipeThrough(new CompressionStream("gzip"))).blob();
}

/** Reads a file. Throws `Refused`, and then nothing of it is used. */
export async function unpacked(file: Blob, most = MOST_BYTES): Promise<Work> {
  const head = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  if (head[0] !== 0x1f || head[1] !== 0x8b) throw new Refused("foreign");
  const text = await limited(file.stream().pipeThrough(new DecompressionStream("gzip")), most);
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw new Refused("damaged");
  }
  return checked(found);
}

/** The text of a stream that may not become longer than so many bytes, whatever it claims. */
async function limited(stream: ReadableStream<Uint8Array<ArrayBuffer>>, most: number): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const reader = stream.getReader();
  let text = "";
  let size = 0;
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) return text + decoder.decode();
      size += value.length;
      if (size > most) throw new Refused("large");
      text += decoder.decode(value, { stream: true });
    }
  } catch (error) {
    await reader.cancel().catch(() => {});
    throw error instanceof Refused ? error : new Refused("damaged");
  }
}

/** What a file says, if it says nothing that we would not have written; throws `Refused`. */
export function checked(found: unknown): Work {
  if (!isRecord(found) || found.format !== FORMAT) throw new Refused("foreign");
  if (typeof found.version === "number" && found.version > VERSION) throw new Refused("newer");
  const { version, made, cells, notebooks, handins } = found;
  const whole = version === VERSION && typeof made === "string" && [cells, notebooks, handins].every(isRecord);
  if (!whole) throw new Refused("damaged");
  const work = found as unknown as Work;
  const entries = [work.cells, work.notebooks, work.handins].flatMap((part) => Object.keys(part));
  if (entries.length > MOST_ENTRIES) throw new Refused("large");
  const right = Object.entries(work.cells).every(([key, text]) => isCell(key, text)) &&
    Object.entries(work.notebooks).every(([path, model]) => isModel(path, model)) &&
    Object.entries(work.handins).every(([file, kept]) => isKept(file, kept));
  if (!right) throw new Refused("damaged");
  for (const model of Object.values(work.notebooks)) distrust(model.content);
  return work;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCell(key: string, text: unknown): boolean {
  if (!CELL.test(key) || key.includes("..") || typeof text !== "string" || text.length > LONGEST_TEXT) return false;
  try {
    const value = JSON.parse(text);
    return key.endsWith(TRIED) ? isTried(value) : isEdit(value);
  } catch {
    return false;
  }
}

function isPath(path: string): boolean {
  const parts = path.split("/");
  const plain = path.length < 400 && parts.length < 12 && !/[\\\p{Cc}]/u.test(path);
  return plain && parts.every((part) => part !== "" && !part.startsWith("."));
}

function isModel(path: string, model: unknown): boolean {
  if (!isPath(path) || !isRecord(model) || model.path !== path) return false;
  const { name, type, last_modified, content } = model;
  if (name !== path.split("/").at(-1) || !TYPES.includes(String(type)) || typeof last_modified !== "string") {
    return false;
  }
  if (Number.isNaN(Date.parse(last_modified))) return false;
  return type === "notebook" ? isNotebook(content) : content === null || ["string", "object"].includes(typeof content);
}

function isKept(file: string, kept: unknown): boolean {
  const fields = ["assignment", "course", "learner", "created", "code", "sent", "bytes"];
  return FILE.test(file) && isRecord(kept) && kept.file === file &&
    fields.every((name) => typeof kept[name] === "string") &&
    /^[A-Za-z0-9+/]*={0,2}$/.test(kept.bytes as string);
}

/** JupyterLab runs scripts in outputs of cells that say they are trusted: none from a file is. */
function distrust(content: unknown): void {
  if (!isNotebook(content)) return;
  for (const { metadata } of content.cells) if (isRecord(metadata)) delete metadata.trusted;
}

export type Side = "here" | "file";

/** What stands here and what a file brings: by kind, what is new, the same, and different. */
export interface Comparison {
  fresh: number;
  same: number;
  different: string[];
}

/** Compares entries by name; `same` decides whether two of one name say the same. */
export function compare<Entry>(
  here: Record<string, Entry>,
  brought: Record<string, Entry>,
  same: (one: Entry, other: Entry) => boolean,
): Comparison {
  const found: Comparison = { fresh: 0, same: 0, different: [] };
  for (const [name, entry] of Object.entries(brought)) {
    const mine = Object.hasOwn(here, name) ? here[name] : undefined;
    if (mine === undefined) found.fresh += 1;
    else if (same(mine, entry)) found.same += 1;
    else found.different.push(name);
  }
  return found;
}

/** An exercise once solved stays solved, whichever side says so. */
export function triedBest(one: string, other: string): string {
  const [mine, theirs] = [JSON.parse(one), JSON.parse(other)];
  return JSON.stringify({ tries: Math.max(mine.tries, theirs.tries), passed: mine.passed || theirs.passed });
}
