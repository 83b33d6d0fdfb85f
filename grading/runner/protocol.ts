/** What the trusted main thread and an interpreter's worker say to each other. */

/** An image of a started Python. Source: site/engine/image.ts. */
export type Image = object;

/** First message to a worker; everything it needs to become an interpreter, so that it needs no permission. */
export interface Boot {
  module: WebAssembly.Module;
  /** Addresses of the engine's scripts, held in memory, by their names. */
  scripts: Record<string, string>;
  /** The images to start from, in memory that all workers share; learner code never gets hold of it. */
  images: Record<string, Image>;
  /** What Python reads when it first needs something that is not imported, shared in the same way. */
  archives: Record<string, Uint8Array<SharedArrayBuffer>>;
  lock: string;
  interrupt: SharedArrayBuffer;
  port: MessagePort;
}

/** Second and last message: from its receipt on, the worker listens to nobody. */
export interface Work {
  /** Sources of the code cells still to run, in order. */
  sources: string[];
  /** One secret per cell; what the worker says of a cell counts only with it. */
  tokens: string[];
  /** Path below the working directory → content. */
  files: Map<string, Uint8Array<ArrayBuffer>>;
  /** What one cell may publish before the rest is dropped. */
  outputBytes: number;
}

/** Worker → main, before learner code: the lock's file of this name is needed. */
export interface Need {
  kind: "need";
  name: string;
}

/** Main → worker, the answer. */
export interface Wheel {
  name: string;
  bytes: Uint8Array<ArrayBuffer> | null;
}

/** Worker → main, before learner code. */
export interface Prepared {
  kind: "warm" | "prepared" | "failed";
  detail: string;
}

/**
 * Worker → main, once learner code may have run: a plain string `<token><mark><text>`, because serialising a string runs no code
 * that a learner could have replaced. Marks: `o` an output (JSON), `x` some output was dropped, `d` the cell is done
 * (JSON of the shell's result), `k` the interpreter is dead (reason).
 */
export type Said = string;

export const TOKEN_LENGTH = 32;
