/**
 * Answers to a Python that stands still until it has one, seen from the page.
 *
 * Where the page is isolated, the answer goes through shared memory. Elsewhere the worker makes a synchronous request, which
 * the service worker, or our own server on a classroom's network, holds until the page has answered.
 */

import { relay, relayWorks } from "./relay.ts";

/** How a worker can ask; `none` where nobody would hear it. */
export type Way = "memory" | "request" | "none";

export interface Question {
  prompt: string;
  /** The answer is not to be seen. */
  secret: boolean;
}

/** Resolves to the answer, or to null when the question was taken back. */
export type Ask = (question: Question) => Promise<string | null>;

interface Request {
  browsingContextId: string;
  requestId?: string;
  data?: Question;
  response?: unknown;
}

const CHANNEL = "/sw-api.v1";
export const MEMORY_BYTES = 65_536;
/** Words before the text: whether there is an answer, and its length in bytes. */
export const HEAD_BYTES = 8;
export const ANSWERED = 1;

export class Stdin {
  readonly memory = globalThis.crossOriginIsolated ? new SharedArrayBuffer(HEAD_BYTES + MEMORY_BYTES) : null;
  /** Names this page among all that hear the same questions; nobody can guess it. */
  readonly context = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16)).join("-");
  /** Resolves once it is known whether our own server carries questions. */
  readonly ready: Promise<void> = Promise.resolve();
  private relayed = false;
  private listening: AbortController | undefined;

  constructor(private readonly root: string, private readonly ask: Ask) {
    if (this.memory) return;
    const channel = new BroadcastChannel(CHANNEL);
    channel.onmessage = async ({ data }: MessageEvent<Request>) => {
      const { browsingContextId, requestId, data: question } = data;
      if (browsingContextId !== this.context || !question) return;
      const response = { value: await this.ask(question) };
      channel.postMessage({ browsingContextId, requestId, response });
    };
    if (!globalThis.isSecureContext) this.ready = this.askServer();
  }

  get way(): Way {
    if (this.memory) return "memory";
    return this.relayed || navigator.serviceWorker?.controller ? "request" : "none";
  }

  /** Put an answer where the worker waits for it. */
  answer(text: string): void {
    if (!this.memory) return;
    const head = new Int32Array(this.memory, 0, 2);
    head[1] = encodeInto(text, new Uint8Array(this.memory, HEAD_BYTES));
    Atomics.store(head, 0, ANSWERED);
    Atomics.notify(head, 0);
  }

  /** Forget an answer that nobody took: the worker that asked is gone. */
  reset(): void {
    if (this.memory) new Int32Array(this.memory, 0, 1)[0] = 0;
  }

  /** Hear, while a program runs, the questions that our own server carries. */
  listen(): void {
    if (!this.relayed || this.listening) return;
    this.listening = new AbortController();
    const answer = async ({ data }: { data: unknown }) => ({ value: await this.ask(data as Question) });
    void relay(this.root, this.context, answer, this.listening.signal);
  }

  /** No program runs. */
  rest(): void {
    this.listening?.abort();
    this.listening = undefined;
  }

  private async askServer(): Promise<void> {
    this.relayed = await relayWorks(this.root);
  }
}

/** Write a text, cut where there is no room, and return its length in bytes. */
function encodeInto(text: string, into: Uint8Array): number {
  const bytes = new Uint8Array(into.length); // `TextEncoder` does not write into shared memory
  const { written } = new TextEncoder().encodeInto(text, bytes);
  into.set(bytes.subarray(0, written));
  return written;
}
