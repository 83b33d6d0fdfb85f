/**
 * An image made on this device, kept in the browser.
 *
 * Who asked for few bytes does not download the image: Python is started from nothing, and the next start restores what
 * this one became. Kept under the engine's hash, so that a new engine never meets an old image. Where a browser keeps
 * nothing (private windows, plain http), every start is one from nothing.
 */

import { decode, type Image } from "./image.ts";

const CACHE = "passerelle-image";
/** Room that must be left for the learner's own work, in bytes. */
const SPARE_BYTES = 200_000_000;

/** The image of the engine with this hash, or null. Throws a RangeError when it is damaged. */
export async function kept(hash: string): Promise<Image | null> {
  const bytes = await stored(hash);
  return bytes && decode(bytes);
}

async function stored(hash: string): Promise<ArrayBuffer | null> {
  try {
    if (!await caches.has(CACHE)) return null;
    const found = await (await caches.open(CACHE)).match(address(hash));
    return found ? await found.arrayBuffer() : null;
  } catch {
    return null;
  }
}

/** Keep an image in place of all others, where the browser keeps things and has room. */
export async function keep(hash: string, image: Uint8Array<ArrayBuffer>): Promise<void> {
  try {
    await caches.delete(CACHE);
    const { quota = 0, usage = 0 } = await navigator.storage.estimate();
    if (quota - usage < SPARE_BYTES) return;
    await (await caches.open(CACHE)).put(address(hash), new Response(image));
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

function address(hash: string): string {
  return `/passerelle-image/${hash}`;
}
