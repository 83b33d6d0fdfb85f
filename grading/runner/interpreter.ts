/** One worker with one Pyodide in it, from its start to its end. */

import type { Boot, Need, Prepared, Said, Wheel, Work } from "./protocol.ts";
import type { Shelf } from "./shelf.ts";

/** So long nothing may come from a worker that failed, before all that it said is taken as heard. */
const QUIET_MS = 300;

export class Interpreter {
  /** Resolves when the interpreter waits for work; rejects when it could not start. */
  readonly warm: Promise<void>;
  #heard: (message: Prepared | Said) => void = () => {};
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #interrupt = new SharedArrayBuffer(4);
  #messages = 0;

  constructor(shelf: Shelf) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#worker = new Worker(shelf.workerUrl, { type: "module" });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.warm = promise;
    // Whoever takes the interpreter awaits `warm`; a spare that nobody takes must not end the process.
    promise.catch(() => {});
    this.#worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message));
      this.#failWhenQuiet(event.message);
    };
    port1.onmessage = async ({ data }: MessageEvent<Prepared | Need | Said>) => {
      this.#messages += 1;
      if (typeof data === "string") return this.#heard(data);
      if (data.kind === "need") {
        port1.postMessage({ name: data.name, bytes: await shelf.get(data.name) } satisfies Wheel);
      } else if (data.kind === "warm") {
        resolve();
      } else {
        reject(new Error(data.detail));
        this.#heard(data);
      }
    };
    const { module, scripts, images, archives, lock } = shelf;
    const boot: Boot = { module, scripts, images, archives, lock, interrupt: this.#interrupt, port: port2 };
    this.#worker.postMessage(boot, [port2]);
  }

  /** Gives the worker its notebook; `heard` gets what it says from then on. */
  start(work: Work, heard: (message: Prepared | Said) => void): void {
    this.#heard = heard;
    this.#port.postMessage(work);
  }

  /** Raises KeyboardInterrupt in the running cell. */
  interrupt(): void {
    Atomics.store(new Uint8Array(this.#interrupt), 0, 2);
  }

  /** A failure overtakes what the worker said through its port before; told at once, it would be another cell's. */
  #failWhenQuiet(detail: string): void {
    const before = this.#messages;
    setTimeout(() => {
      if (this.#messages === before) this.#heard({ kind: "failed", detail });
      else this.#failWhenQuiet(detail);
    }, QUIET_MS);
  }

  /** Ends the thread, whatever it does. */
  end(): void {
    this.#heard = () => {};
    this.#port.close();
    this.#worker.terminate();
  }
}
