/** One worker with one Pyodide in it, from its start to its end. */

import type { Boot, Need, Said, Wheel, Work } from "./protocol.ts";
import type { Shelf } from "./shelf.ts";

/** So long nothing may come from a worker that failed, before all that it said is taken as heard. */
const QUIET_MS = 300;
const SIGINT = 2;

export class Interpreter {
  /** Resolves when the interpreter waits for its first notebook; rejects when it could not start. */
  readonly warm: Promise<void>;
  #heard: (message: Said) => void = () => {};
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #interrupt = new SharedArrayBuffer(4);
  #messages = 0;

  constructor(shelf: Shelf, apart: boolean) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#worker = new Worker(shelf.workerUrl, { type: "module" });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.warm = promise;
    // Whoever takes the interpreter awaits `warm`; one that nobody takes must not end the process.
    promise.catch(() => {});
    this.#worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message));
      this.#failWhenQuiet(event.message);
    };
    port1.onmessage = async ({ data }: MessageEvent<Need | Said>) => {
      this.#messages += 1;
      if (data.kind === "need") {
        port1.postMessage({ name: data.name, bytes: await shelf.get(data.name) } satisfies Wheel);
        return;
      }
      if (data.kind === "warm") resolve();
      if (data.kind === "failed") reject(new Error(data.detail));
      this.#heard(data);
    };
    const { module, scripts, images, archives, lock } = shelf;
    const boot: Boot = { module, scripts, images, archives, lock, interrupt: this.#interrupt, apart, port: port2 };
    this.#worker.postMessage(boot, [port2]);
  }

  /** Gives the worker a notebook; `heard` gets what it says from then on. */
  start(work: Work, heard: (message: Said) => void): void {
    this.#heard = heard;
    this.#port.postMessage(work);
  }

  /** Raises KeyboardInterrupt in the running cell. */
  interrupt(): void {
    const flag = new Int32Array(this.#interrupt);
    Atomics.store(flag, 0, SIGINT); // numbers are little-endian wherever there is WebAssembly
    Atomics.notify(flag, 0);
  }

  /** Ends the thread, whatever it does. */
  end(): void {
    this.#heard = () => {};
    this.#port.close();
    this.#worker.terminate();
  }

  /** A failure overtakes what the worker said through its port before; told at once, it would be another cell's. */
  #failWhenQuiet(detail: string): void {
    const before = this.#messages;
    setTimeout(() => {
      if (this.#messages === before) this.#heard({ kind: "failed", detail });
      else this.#failWhenQuiet(detail);
    }, QUIET_MS);
  }
}
