/** A line from the person, for a Python that stands still until it comes; the worker's side of stdin.ts. */

import { HEAD_BYTES, type Question, type Way } from "./stdin.ts";

/** What a worker needs to ask. */
export interface Asking {
  memory: SharedArrayBuffer | null;
  /** Address of the site's root. */
  root: string;
  context: string;
}

/** So often does a waiting Python look whether it shall stop, in milliseconds. */
const LOOK_EVERY_MS = 100;

/**
 * The answer, or undefined when nobody can give one.
 *
 * @param tell Lets the page know of the question, where it cannot see it itself.
 * @param check Throws when the person pressed Stop.
 */
export function line(
  way: Way,
  { memory, root, context }: Asking,
  question: Question,
  tell: () => void,
  check: () => void,
): string | undefined {
  if (way === "memory" && memory) {
    tell();
    return waited(memory, check);
  }
  return way === "request" ? requested(root, context, question) : undefined;
}

function waited(memory: SharedArrayBuffer, check: () => void): string {
  const head = new Int32Array(memory, 0, 2);
  while (Atomics.load(head, 0) === 0) {
    Atomics.wait(head, 0, 0, LOOK_EVERY_MS);
    check();
  }
  Atomics.store(head, 0, 0);
  return new TextDecoder().decode(new Uint8Array(memory, HEAD_BYTES, head[1]).slice());
}

function requested(root: string, context: string, data: Question): string | undefined {
  const request = new XMLHttpRequest();
  try {
    request.open("POST", `${root}api/stdin/cell`, false);
    request.send(JSON.stringify({ browsingContextId: context, requestId: `${performance.now()}`, data }));
    const { value } = JSON.parse(request.responseText) as { value?: string | null };
    return value ?? undefined;
  } catch {
    return undefined; // nobody held the request: there is no way to ask here
  }
}
