/** Requests of a notebook's Python that no service worker hears: the page is told, and carries the answer another way. */

import type { KernelNews } from "./kernels.ts";
import { ANSWERED, HEAD_BYTES, MEMORY_BYTES } from "./stdin.ts";

/** Source: jupyterlite 0.8.6, packages/services/src/contents/drivefs.ts; its kernel's comlink.worker.ts. */
const QUESTION = /\/api\/(drive|stdin\/kernel)$/;
/** The largest answer, as a file of the notebook's folder. */
const MOST_BYTES = 64 * 1024 * 1024;

export class Asking extends XMLHttpRequest {
  /** Where the page puts answers, if it shares memory with us; else our own server holds the request. */
  static memory: SharedArrayBuffer | undefined;

  private address: URL | undefined;

  override open(method: string, address: string | URL, wait = true, ...who: (string | null)[]): void {
    this.address = QUESTION.test(String(address)) ? new URL(address, self.location.href) : undefined;
    super.open(method, address, wait, ...who);
  }

  override send(body?: XMLHttpRequestBodyInit | null): void {
    if (!this.address) super.send(body);
    else if (Asking.memory) this.wait(Asking.memory, this.address.pathname, String(body));
    else this.hold(String(body));
  }

  private hold(body: string): void {
    const { browsingContextId } = JSON.parse(body) as { browsingContextId: string };
    tell({ passerelle: "question", context: browsingContextId });
    try {
      super.send(body);
    } finally {
      tell({ passerelle: "question" });
    }
  }

  private wait(memory: SharedArrayBuffer, pathname: string, body: string): void {
    const head = new Int32Array(memory, 0, 2);
    Atomics.store(head, 0, 0);
    tell({ passerelle: "waits", memory, pathname, body });
    Atomics.wait(head, 0, 0);
    const text = new TextDecoder().decode(new Uint8Array(memory, HEAD_BYTES, head[1]).slice());
    const status = head[0] === ANSWERED ? 200 : 500;
    Object.defineProperties(this, {
      response: { value: text },
      responseText: { value: text },
      status: { value: status },
    });
  }
}

/** Memory for answers, which grows with them. */
export function answerMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEAD_BYTES + MEMORY_BYTES, { maxByteLength: HEAD_BYTES + MOST_BYTES });
}

function tell(news: KernelNews): void {
  self.postMessage(news);
}
