/** What stands in a hand-in file: codes, receipt and manifest. The rules are those of grading/handin.schema.json. */

import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import schema from "../../grading/handin.schema.json" with { type: "json" };

export interface Manifest {
  format: "passerelle-handin";
  version: 1;
  course: string;
  learner: string;
  assignment: string;
  language: string;
  created: string;
  release: string;
  notebooks: HandedNotebook[];
  code: string;
}

export interface HandedNotebook {
  name: string;
  file: string;
  sha256: string;
  size_bytes: number;
}

/** Who hands in. */
export interface Who {
  course: string;
  learner: string;
}

/** Douglas Crockford's base 32: no I, L, O, U, so that a code can be read aloud and copied by hand. */
const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE = new RegExp(schema.$defs.slug.pattern);

/** What a person typed, as codes are written: lower case, `-` for spaces. */
export function normalised(typed: string): string {
  return typed.normalize("NFKC").trim().toLowerCase().replace(/[\s_]+/g, "-").replace(/-{2,}/g, "-");
}

export function isCode(code: string): boolean {
  return CODE.test(code);
}

/** The short code of the receipt: the first 40 bits of sha256 over the lines `<name> <sha256>`, sorted by name. */
export function receipt(notebooks: readonly Pick<HandedNotebook, "name" | "sha256">[]): string {
  const sorted = [...notebooks].sort((one, other) => (one.name < other.name ? -1 : 1));
  const digest = sha256(utf8ToBytes(sorted.map(({ name, sha256 }) => `${name} ${sha256}\n`).join("")));
  let bits = 0n;
  for (const byte of digest.subarray(0, 5)) bits = (bits << 8n) | BigInt(byte);
  const letters = Array.from({ length: 8 }, (_, place) => CROCKFORD[Number((bits >> BigInt(35 - 5 * place)) & 31n)]);
  return `${letters.slice(0, 4).join("")}-${letters.slice(4).join("")}`;
}

/** `<assignment>-<learner>-<YYYYMMDDTHHMMSSZ>.handin` */
export function fileName(manifest: Manifest): string {
  return `${manifest.assignment}-${manifest.learner}-${manifest.created.replace(/[-:]/g, "")}.handin`;
}

/** A moment as the manifest writes it: UTC, to the second. */
export function stamp(moment: Date): string {
  return moment.toISOString().replace(/\.\d+Z$/, "Z");
}

/**
 * What is wrong with a manifest, as JSON pointers; empty when nothing is.
 *
 * Checks the keywords that our schema uses and refuses to pass over one that it does not know.
 */
export function faults(value: unknown): string[] {
  return [...check(value, schema as Schema, "")];
}

interface Schema {
  $ref?: string;
  type?: string;
  const?: unknown;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: boolean;
  items?: Schema;
  [annotation: string]: unknown;
}

const KNOWN = new Set(
  ("$ref type const pattern minimum maximum minItems maxItems required properties additionalProperties items " +
    "$schema $id $defs $comment title description").split(" "),
);

function* check(value: unknown, rule: Schema, at: string): Generator<string> {
  for (const keyword of Object.keys(rule)) {
    if (!KNOWN.has(keyword)) throw new Error(`handin.schema.json uses ${keyword}, which manifest.ts does not check`);
  }
  if (rule.$ref) yield* check(value, referred(rule.$ref), at);
  if (rule.type && !isOfType(value, rule.type)) {
    yield at || "/";
    return;
  }
  if ("const" in rule && value !== rule.const) yield at;
  if (typeof value === "string" && rule.pattern && !new RegExp(rule.pattern, "u").test(value)) yield at;
  if (typeof value === "number") {
    if (value < (rule.minimum ?? -Infinity) || value > (rule.maximum ?? Infinity)) yield at;
  }
  if (Array.isArray(value)) {
    if (value.length < (rule.minItems ?? 0) || value.length > (rule.maxItems ?? Infinity)) yield at;
    for (const [place, item] of value.entries()) yield* check(item, rule.items ?? {}, `${at}/${place}`);
  } else if (typeof value === "object" && value !== null) {
    const members = new Map(Object.entries(value));
    for (const name of rule.required ?? []) if (!members.has(name)) yield `${at}/${name}`;
    for (const [name, member] of members) {
      const inner = rule.properties?.[name];
      if (inner) yield* check(member, inner, `${at}/${name}`);
      else if (rule.additionalProperties === false) yield `${at}/${name}`;
    }
  }
}

function referred(reference: string): Schema {
  const name = reference.replace("#/$defs/", "") as keyof typeof schema.$defs;
  return schema.$defs[name];
}

function isOfType(value: unknown, type: string): boolean {
  if (type === "array") return Array.isArray(value);
  if (type === "integer") return Number.isInteger(value);
  if (type === "object") return typeof value === "object" && value !== null && !Array.isArray(value);
  if (type === "string") return typeof value === "string";
  throw new Error(`handin.schema.json uses the type ${type}, which manifest.ts does not check`);
}
