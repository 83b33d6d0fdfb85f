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
  /** Make the interpreter of tests ready, too, while nothing is asked for. */
  apart: boolean;
  port: MessagePort;
}

/** A cell to run. */
export interface Cell {
  code: string;
  /** Run it in the second interpreter, under rules of which this thread knows nothing; source: passerelle_runtime.batch. */
  rules?: { record?: boolean };
  /** Let the second interpreter have what the cell imports and defines, before it runs in the first. */
  shared?: boolean;
  /** The author's, in the learner's interpreter: what all Python shares is put back before; source: passerelle_runtime.guard. */
  author?: boolean;
}

/** One notebook for an interpreter. */
export interface Work {
  /** The cells still to run, in order. */
  cells: Cell[];
  /** Path below the working directory → content. */
  files: Map<string, Uint8Array<ArrayBuffer>>;
  /** What one cell may publish before the rest is dropped. */
  outputBytes: number;
}

/** Worker → main: the lock's file of this name is needed. */
export interface Need {
  kind: "need";
  name: string;
}

/** Main → worker, the answer. */
export interface Wheel {
  name: string;
  bytes: Uint8Array<ArrayBuffer> | null;
}

export type Said =
  /** The interpreter waits for its first notebook. */
  | { kind: "warm" }
  /** A notebook's files and packages are in place; its first cell begins. */
  | { kind: "prepared" }
  /** JSON of one output, as learner code wrote it. */
  | { kind: "output"; output: string }
  /** Some output was dropped. */
  | { kind: "cut" }
  /** A cell has ended; JSON of the shell's answer, as learner code may have written it. */
  | { kind: "done"; result: string; profile: string | null }
  /** All cells have; whether the interpreter can serve another notebook. */
  | { kind: "finished"; reusable: boolean }
  /** The interpreter cannot go on: it did not start, or a cell has ended it. */
  | { kind: "failed"; detail: string };
