/** Carries a notebook's questions on plain http: from our own server to JupyterLite in this page, and its answers back. */

import { put } from "./ask.ts";
import { relay, type Relayed } from "./relay.ts";

/** Python asks for many things in a row, as when it looks for a file. */
const LINGER_MS = 1_000;

export class Carrier {
  private carrying: AbortController | undefined;
  private leaving = 0;

  constructor(private readonly root: string) {}

  /** Carry what is asked in the name of `context`; without a name, nothing is asked any more. */
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
