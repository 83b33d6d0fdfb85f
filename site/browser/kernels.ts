/** The workers in which notebooks run Python: made early, known to the page, and interruptible where the browser allows. */

import type { Carrier } from "./carrier.ts";

export interface KernelOrders {
  /** Address of JupyterLite's own script for the kernel's worker. */
  script: string;
  /** Address of the module that exports `loadPyodide`. */
  engine: string;
  /** What JupyterLite would give to `loadPyodide`. */
  options: Record<string, unknown>;
  /** How the page hears questions; undefined where the service worker does, or nobody. */
  way: "memory" | "relay" | undefined;
  /** What `input()` says where nobody can be asked. */
  noInput: string;
}

/** Said once: the number shared with Python, 0 until something shall stop; none on pages that are not isolated. */
interface KernelStart {
  passerelle: "kernel";
  interrupt: Int32Array | undefined;
}

/** Said before a question in the name of `context`, for which Python stands still, and without a name after it. */
interface KernelQuestion {
  passerelle: "question";
  context?: string;
}

/** Said when Python stands still until the answer to a request is in the memory. */
export interface KernelWaits {
  passerelle: "waits";
  memory: SharedArrayBuffer;
  pathname: string;
  body: string;
}

export type KernelNews = KernelStart | KernelQuestion | KernelWaits;

/** The answer that makes `input()` raise KeyboardInterrupt: what Ctrl-C is on a terminal. */
export const STOPPED = "\u0003";
const SIGINT = 2;
const JUPYTERLITE = /\/comlink\.worker\.[^/]*js(?:\?.*)?$/;

export class Kernels {
  private readonly native = globalThis.Worker;
  private interrupt: Int32Array | undefined;
  private early: Worker | undefined;
  private asked = false;

  /**
   * @param wrapper Address of our own script for the kernel's worker.
   * @param orders What to do for the given script of JupyterLite's.
   * @param carrier Carries the questions that no service worker hears.
   */
  constructor(
    private readonly wrapper: string,
    private readonly orders: (script: string) => KernelOrders,
    private readonly carrier: Carrier,
  ) {
    const make = this.make.bind(this);
    globalThis.Worker = new Proxy(this.native, {
      construct: (native, [script, ...rest], made) => {
        const kernel = JUPYTERLITE.test(String(script)) ? make(String(script)) : undefined;
        // A class that extends Worker gets an object of its own kind.
        return kernel
          ? Object.setPrototypeOf(kernel, made.prototype)
          : Reflect.construct(native, [script, ...rest], made);
      },
    });
  }

  /** Start Python before JupyterLite asks for it, unless it has asked already. */
  startEarly(script: string): void {
    if (!this.asked) this.early ??= this.start(script);
  }

  /** Ask Python to stop what runs. False when this page has no means to. */
  stop(): boolean {
    if (!this.interrupt) return false;
    Atomics.store(this.interrupt, 0, SIGINT);
    Atomics.notify(this.interrupt, 0); // `time.sleep` waits there
    return true;
  }

  /** Whether Python has taken note of what `stop` asked for. */
  get heard(): boolean {
    return this.interrupt !== undefined && Atomics.load(this.interrupt, 0) === 0;
  }

  /** Nothing runs any more: what comes next shall not be stopped. */
  calm(): void {
    if (this.interrupt) Atomics.store(this.interrupt, 0, 0);
  }

  private make(script: string): Worker {
    this.asked = true;
    const worker = this.early ?? this.start(script);
    this.early = undefined;
    return worker;
  }

  private start(script: string): Worker {
    this.interrupt = undefined;
    const worker = new this.native(this.wrapper, { type: "module", name: JSON.stringify(this.orders(script)) });
    this.carrier.carry(undefined);
    worker.addEventListener("message", (event: MessageEvent<KernelNews | null>) => {
      const news = event.data;
      if (news?.passerelle === "kernel") this.interrupt = news.interrupt;
      else if (news?.passerelle === "question") this.carrier.carry(news.context);
      else if (news?.passerelle === "waits") void this.carrier.answer(news);
      else return;
      event.stopImmediatePropagation();
    });
    return worker;
  }
}
