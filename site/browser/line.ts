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
 * The answer, true when the person pressed Stop instead, or undefined when nobody can answer.
 *
 * @param tell Lets the page know of the question, where it cannot see it itself.
 * @param interrupt Becomes 2 when the person presses Stop.
 */
export function line(
  way: Way,
  { memory, root, context }: Asking,
  question: Question,
  tell: () => void,
  interrupt: Uint8Array | null,
): string | true | undefined {
  if (way === "memory" && memory && interrupt) {
    tell();
    return waited(memory, interrupt);
  }
  return way === "request" ? requested(root, context, question) : undefined;
}

function waited(memory: SharedArrayBuffer, interrupt: Uint8Array): string | true {
  const head = new Int32Array(memory, 0, 2);
  while (Atomics.load(head, 0) === 0) {
    Atomics.wait(head, 0, 0, LOOK_EVERY_MS);
    if (Atomics.exchange(interrupt, 0, 0) !== 0) return true;
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
