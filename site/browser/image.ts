/**
 * The image of a started Python, kept in this browser, so that the next start restores it instead of starting anew.
 *
 * It is made on the device and costs no byte of the network. It is kept under the engine's hash: a new engine never
 * meets an old image. Where a browser keeps nothing (private windows, plain http), every start is one from nothing.
 */

export interface Image {
  /** The interpreter's memory, from Pyodide's `makeMemorySnapshot`. */
  snapshot: Uint8Array<ArrayBuffer>;
  /** Names of the packages that are unpacked in it. */
  packages: string[];
  /** Their files, by path: memory does not hold them. */
  files: [string, Uint8Array<ArrayBuffer>][];
}

/** What stands before the bytes, as JSON: lengths in bytes, in the order of the bytes. */
interface Index {
  packages: string[];
  snapshot: number;
  files: [string, number][];
}

const CACHE = "passerelle-image";
/** Room that must be left for the learner's own work, in bytes. */
const SPARE_BYTES = 200_000_000;
/** Pyodide reads the snapshot as 32-bit words. */
const WORD = 4;

/** The image of the engine with this hash, or null. */
export async function read(hash: string): Promise<Image | null> {
  try {
    const cache = await caches.open(CACHE);
    const kept = await cache.match(address(hash));
    return kept ? unpack(await kept.arrayBuffer()) : null;
  } catch {
    return null;
  }
}

/** Keep an image in place of all others, where the browser keeps things and has room. */
export async function keep(hash: string, image: Image): Promise<void> {
  try {
    await caches.delete(CACHE);
    const { quota = 0, usage = 0 } = await navigator.storage.estimate();
    if (quota - usage < SPARE_BYTES) return;
    const cache = await caches.open(CACHE);
    await cache.put(address(hash), new Response(pack(image)));
  } catch {
    // Full or blocked storage: the next start is one from nothing.
  }
}

/** Forget every image, after one that did not start. */
export async function forget(): Promise<void> {
  try {
    await caches.delete(CACHE);
  } catch {
    // Blocked storage holds none.
  }
}

/** One blob: the length of the index, the index, the snapshot at a whole word, the files. */
export function pack({ snapshot, packages, files }: Image): Blob {
  const index: Index = { packages, snapshot: snapshot.length, files: files.map(([path, data]) => [path, data.length]) };
  const text = new TextEncoder().encode(JSON.stringify(index));
  const padding = new Uint8Array((WORD - text.length % WORD) % WORD).fill(32);
  const length = new Uint8Array(new Uint32Array([text.length + padding.length]).buffer);
  return new Blob([length, text, padding, snapshot, ...files.map(([, data]) => data)]);
}

/**
 * The image in the bytes of such a blob.
 *
 * @throws RangeError or SyntaxError: the bytes are cut short or something else.
 */
export function unpack(bytes: ArrayBuffer): Image {
  const [length = 0] = new Uint32Array(bytes, 0, 1);
  const index: Index = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, WORD, length)));
  let at = WORD + length;
  const take = (size: number) => {
    const part = new Uint8Array(bytes, at, size);
    at += size;
    return part;
  };
  return {
    snapshot: take(index.snapshot),
    packages: index.packages,
    files: index.files.map(([path, size]) => [path, take(size)]),
  };
}

function address(hash: string): string {
  return `/passerelle-image/${hash}`;
}
