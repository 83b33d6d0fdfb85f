import { strFromU8, unzipSync } from "fflate";
import vectors from "../data/handin/vectors.json" with { type: "json" };
import { faults, fileName, isCode, type Manifest, normalised, receipt } from "../../site/browser/manifest.ts";
import { hash, sourceHash } from "../../site/browser/notebook.ts";
import { pack } from "../../site/browser/pack.ts";

function equal(found: unknown, expected: unknown, about = ""): void {
  const [one, other] = [JSON.stringify(found), JSON.stringify(expected)];
  if (one !== other) throw new Error(`${about}: expected ${other}, found ${one}`);
}

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("codes that people type become the codes of the roster, or are refused", () => {
  for (const { typed, code } of vectors.typed_codes) {
    const found = normalised(typed);
    equal(isCode(found) ? found : null, code, typed);
  }
});

Deno.test("hashes and receipt codes are those of the vectors", () => {
  for (const { notebooks, code } of vectors.receipts) {
    for (const notebook of notebooks) equal(hash(bytes(notebook.text)), notebook.sha256, notebook.name);
    equal(receipt(notebooks), code);
  }
});

Deno.test("good manifests have no fault, each bad one is told at its place", () => {
  for (const manifest of vectors.good_manifests) equal(faults(manifest), []);
  for (const { why, at, manifest } of vectors.bad_manifests) equal(faults(manifest), at, why);
});

Deno.test("file names say assignment, learner and time", () => {
  const [good] = vectors.good_manifests;
  for (const { file, ...named } of vectors.file_names) equal(fileName({ ...good, ...named } as Manifest), file);
});

Deno.test("the number that tells two versions of a notebook apart is Python's", () => {
  for (const { cells, hash } of vectors.source_hashes) {
    const made = cells.map(([cell_type = "", source = ""]) => ({ cell_type, source, metadata: {} }));
    equal(sourceHash({ cells: made, metadata: {}, nbformat: 4, nbformat_minor: 5 }), hash);
    const lines = made.map((cell) => ({ ...cell, source: cell.source.split(/(?<=\n)/) }));
    equal(sourceHash({ cells: lines, metadata: {}, nbformat: 4, nbformat_minor: 5 }), hash);
  }
});

Deno.test("a packed hand-in unpacks to its manifest and the bytes as they stood", () => {
  const work = {
    course: "decouverte",
    learner: "amina-7",
    assignment: "premiers-pas",
    language: "fr",
    release: "a".repeat(64),
    notebooks: new Map([["premiers-pas", bytes("bonjour\n")]]),
  };
  const { manifest, bytes: packed } = pack(work, new Date("2026-11-23T10:00:00.700Z"));
  equal(manifest, vectors.good_manifests[0]);
  const entries = unzipSync(packed);
  equal(Object.keys(entries).sort(), ["manifest.json", "premiers-pas.ipynb"]);
  equal(JSON.parse(strFromU8(entries["manifest.json"] ?? bytes(""))), manifest);
  equal(strFromU8(entries["premiers-pas.ipynb"] ?? bytes("")), "bonjour\n");
});

Deno.test("a manifest that would not be valid is never written", () => {
  let refused = "";
  try {
    const work = { course: "X", learner: "a", assignment: "b", language: "fr", release: "a".repeat(64) };
    pack({ ...work, notebooks: new Map([["b", bytes("{}")]]) }, new Date());
  } catch (error) {
    refused = String(error);
  }
  equal(refused.includes("/course"), true, refused);
});
