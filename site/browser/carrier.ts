/** Carries a notebook's questions, where no service worker does, to JupyterLite in this page, and its answers back. */

import { put } from "./ask.ts";
import type { KernelWaits } from "./kernels.ts";
import { relay, type Relayed } from "./relay.ts";
import { ANSWERED, HEAD_BYTES } from "./stdin.ts";

/** Python asks for many things in a row, as when it looks for a file. */
const LINGER_MS = 1_000;
const FAILED = 2;

export class Carrier {
  private carrying: AbortController | undefined;
  private leaving = 0;

  constructor(private readonly root: string) {}

  /** Put JupyterLite's answer where Python waits for it. */
  async answer({ memory, pathname, body }: KernelWaits): Promise<void> {
    const head = new Int32Array(memory, 0, 2);
    try {
      const text = new TextEncoder().encode(JSON.stringify(await put(JSON.parse(body), pathname)));
      if (memory.byteLength < HEAD_BYTES + text.length) memory.grow(HEAD_BYTES + text.length);
      new Uint8Array(memory, HEAD_BYTES).set(text);
      head[1] = text.length;
      Atomics.store(head, 0, ANSWERED);
    } catch {
      head[1] = 0;
      Atomics.store(head, 0, FAILED); // more than there is room for
    }
    Atomics.notify(head, 0);
  }

  /** Carry, from our own server, what is asked in the name of `context`; without a name, nothing is asked any more. */
  carry(context: string | undefined): void {
    clearTimeout(this.leaving);
    if (!context) {
      this.leaving = setTimeout(() => this.rest(), LINGER_MS);
    } else if (!this.carrying) {
      this.carrying = new AbortController();
      void relay(this.root, context, (question) => answered(context, question), this.carrying.signal);
    }
  }

  private rest(): void {
    this.carrying?.abort();
    this.carrying = undefined;
  }
}

/** JupyterLite's answer; it gives no number to a question of `input()`. */
function answered(browsingContextId: string, { pathname, data, requestId }: Relayed): Promise<unknown> {
  const numbered = pathname.includes("/api/stdin/") ? {} : { requestId };
  return put({ browsingContextId, data, ...numbered }, pathname);
}
