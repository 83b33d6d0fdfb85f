/**
 * The image of a started Python: what its memory holds that a fresh WebAssembly instance does not.
 *
 * Layout, little-endian 32-bit words: magic, checksum, length of the index, the index (JSON, padded to a word), then for
 * each run its first block and its number of blocks, then the bytes of all runs. Memory outside the runs is that of a
 * fresh instance (or of the image that this one stands on), so nothing that WebAssembly brings itself is stored twice.
 */

/** Memory is compared and stored in blocks of so many bytes. */
const BLOCK = 128;
const WORD = 4;
const MAGIC = 0x31495350; // "PSI1"
const HEAD_WORDS = 3;

export interface Index {
  /** What stands before the memory in Pyodide's own snapshot: its build, and the names of the JavaScript objects in use. */
  head: number[];
  /** Bytes of memory. */
  heap: number;
}

export interface Image {
  index: Index;
  /** First block and number of blocks of each run. */
  runs: Uint32Array;
  /** The bytes of all runs, one after another. */
  data: Uint8Array;
}

/**
 * The bytes of an image.
 *
 * @param snapshot What Pyodide's `makeMemorySnapshot` returned.
 * @param base The memory that will be there already; zeros beyond its end.
 */
export function encode(snapshot: Uint8Array<ArrayBuffer>, base: Uint8Array): Uint8Array<ArrayBuffer> {
  const memory = memoryOf(snapshot);
  const index: Index = { head: [...snapshot.subarray(0, snapshot.length - memory.length)], heap: memory.length };
  const runs = differences(memory, base);
  const text = new TextEncoder().encode(JSON.stringify(index));
  const padded = Math.ceil(text.length / WORD) * WORD;
  const size = runs.reduce((sum, [, blocks]) => sum + blocks * BLOCK, 0);
  const bytes = new Uint8Array(HEAD_WORDS * WORD + padded + WORD + runs.length * 2 * WORD + size);
  const words = new Uint32Array(bytes.buffer);
  bytes.fill(32, HEAD_WORDS * WORD, HEAD_WORDS * WORD + padded);
  bytes.set(text, HEAD_WORDS * WORD);
  let at = HEAD_WORDS * WORD + padded;
  words[at / WORD] = runs.length;
  words.set(runs.flat(), at / WORD + 1);
  at += WORD + runs.length * 2 * WORD;
  for (const [block, blocks] of runs) {
    bytes.set(memory.subarray(block * BLOCK, (block + blocks) * BLOCK), at);
    at += blocks * BLOCK;
  }
  words[0] = MAGIC;
  words[2] = padded;
  words[1] = checksum(words);
  return bytes;
}

/**
 * The image in some bytes; it shares their memory.
 *
 * @throws RangeError: the bytes are cut short, damaged, or something else.
 */
export function decode(bytes: ArrayBufferLike): Image {
  if (bytes.byteLength % WORD || bytes.byteLength < (HEAD_WORDS + 1) * WORD) throw new RangeError("not an image");
  const words = new Uint32Array(bytes);
  if (words[0] !== MAGIC || words[1] !== checksum(words)) throw new RangeError("the image is damaged");
  const [, , length = 0] = words;
  let at = HEAD_WORDS * WORD;
  const index: Index = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, at, length).slice()));
  at += length;
  const count = words[at / WORD] ?? 0;
  at += WORD;
  const runs = new Uint32Array(bytes, at, count * 2);
  return { index, runs, data: new Uint8Array(bytes, at + runs.byteLength) };
}

/** Put an image into memory that holds what it stands on. */
export function apply({ runs, data }: Image, memory: Uint8Array): void {
  let at = 0;
  for (let run = 0; run < runs.length; run += 2) {
    const size = (runs[run + 1] ?? 0) * BLOCK;
    memory.set(data.subarray(at, at + size), (runs[run] ?? 0) * BLOCK);
    at += size;
  }
}

/** The memory in a snapshot of Pyodide's. Source: Pyodide 314, src/js/snapshot.ts: the second word says where it begins. */
export function memoryOf(snapshot: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const [, start = 0] = new Uint32Array(snapshot.buffer, snapshot.byteOffset, 2);
  return snapshot.subarray(start);
}

/** Runs of blocks in which two memories differ. */
function differences(memory: Uint8Array, base: Uint8Array): [block: number, blocks: number][] {
  const words = BLOCK / WORD;
  const ours = new Uint32Array(memory.buffer, memory.byteOffset, memory.byteLength / WORD);
  const theirs = new Uint32Array(base.buffer, base.byteOffset, base.byteLength / WORD);
  const runs: [number, number][] = [];
  for (let block = 0; block < ours.length / words; block++) {
    let word = block * words;
    const end = word + words;
    while (word < end && ours[word] === (theirs[word] ?? 0)) word++;
    if (word === end) continue;
    const last = runs.at(-1);
    if (last && last[0] + last[1] === block) last[1]++;
    else runs.push([block, 1]);
  }
  return runs;
}

/** A sum over all words but the first two. */
function checksum(words: Uint32Array): number {
  let sum = words.length;
  for (let at = 2; at < words.length; at++) sum = Math.imul(sum, 31) + (words[at] as number) | 0;
  return sum >>> 0;
}
