import { apply, decode, encode, memoryOf } from "../../site/engine/image.ts";
import { find, name } from "../../site/engine/references.ts";

const HEAD = 48;

function equal(found: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(found), JSON.stringify(expected)];
  if (left !== right) throw new Error(`found ${left}, expected ${right}`);
}

function refuses(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return String(error);
  }
  throw new Error("was not refused");
}

/** As Pyodide writes it: the second word says where memory begins. */
function snapshot(memory: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEAD + memory.length);
  new Uint32Array(bytes.buffer)[1] = HEAD;
  bytes.set(memory, HEAD);
  return bytes;
}

function memory(...set: [at: number, value: number][]): Uint8Array {
  const bytes = new Uint8Array(4096);
  for (const [at, value] of set) bytes[at] = value;
  return bytes;
}

Deno.test("memory comes back as it was, from an image and what it stands on", () => {
  const base = memory([0, 1], [700, 5], [3000, 9]);
  const wanted = memory([0, 1], [130, 7], [700, 0], [3000, 9], [4095, 255]);
  const image = decode(encode(snapshot(wanted), base).buffer);
  const found = base.slice();
  apply(image, found);
  equal([...found], [...wanted]);
  equal(image.index.heap, 4096);
  equal(image.index.head.length, HEAD);
});

Deno.test("only what differs is stored, and a shorter base counts as zeros beyond its end", () => {
  const wanted = memory([0, 1], [4095, 255]);
  const { data, runs } = decode(encode(snapshot(wanted), new Uint8Array(1024).fill(1, 0, 1)).buffer);
  equal(data.length, 128);
  equal([...runs], [31, 1]);
  const same = decode(encode(snapshot(wanted), wanted).buffer);
  equal([same.data.length, same.runs.length], [0, 0]);
});

Deno.test("the memory in a snapshot is found", () => {
  equal([...memoryOf(snapshot(memory([3, 4]))).subarray(0, 4)], [0, 0, 0, 4]);
});

Deno.test("bytes that are cut short, changed or something else are refused", () => {
  const whole = encode(snapshot(memory([130, 7], [4095, 255])), memory());
  const changed = whole.slice();
  changed[changed.length - 3] = 1;
  for (
    const broken of [
      new ArrayBuffer(0),
      whole.buffer.slice(0, 8),
      whole.buffer.slice(0, -4),
      new TextEncoder().encode("hello, this is not an image").buffer,
      changed.buffer,
    ]
  ) {
    equal(refuses(() => decode(broken)).startsWith("RangeError"), true);
  }
});

Deno.test("what Python holds of Pyodide is named by the way that leads to it", () => {
  const loadPackage = () => {};
  const api = { public_api: Object.create({}, { loadPackage: { value: loadPackage } }), install: () => {}, lockfile: {} };
  for (const value of [loadPackage, api.install, api.lockfile, api.public_api]) {
    equal(find(name(value, api), api) === value, true);
  }
});

Deno.test("an object that is not Pyodide's is refused with its name, and so is a way that leads nowhere", () => {
  const api = { public_api: {} };
  equal(refuses(() => name(function ownOfSomebody() {}, api)).includes("ownOfSomebody"), true);
  equal(refuses(() => find(["public_api", "gone"], api)).includes("public_api.gone"), true);
});
