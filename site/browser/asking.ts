/** Requests that tell the page of a question before this worker stands still for it, and when that is over. */

import type { KernelNews } from "./kernels.ts";

/** Source: jupyterlite 0.8.6, packages/services/src/contents/drivefs.ts; its kernel's comlink.worker.ts. */
const QUESTION = /\/api\/(drive|stdin\/kernel)$/;

export class Asking extends XMLHttpRequest {
  private asks = false;

  override open(method: string, address: string | URL, wait = true, ...who: (string | null)[]): void {
    this.asks = QUESTION.test(String(address));
    super.open(method, address, wait, ...who);
  }

  override send(body?: XMLHttpRequestBodyInit | null): void {
    if (!this.asks) return super.send(body);
    const { browsingContextId } = JSON.parse(String(body)) as { browsingContextId: string };
    tell(browsingContextId);
    try {
      super.send(body);
    } finally {
      tell();
    }
  }
}

function tell(context?: string): void {
  self.postMessage({ passerelle: "question", context } satisfies KernelNews);
}
