/**
 * One interpreter in one worker: starts Pyodide, then runs one notebook after another, each from the same memory.
 *
 * What is held against learner code:
 *
 * - The machine: the worker has no permission at all (main gives its own away before it starts one), V8 compiles no
 *   JavaScript from strings (`--disallow-code-generation-from-strings`), and what the realm offers beyond plain
 *   ECMAScript is deleted.
 * - JavaScript: while cells run, WebAssembly reaches files in memory, clocks and randomness and nothing else (guard.ts).
 *   Cells come by a device and what they publish goes into it; no object of JavaScript is within Python's reach.
 * - The next notebook: memory is put back to what it was before any learner code, files are thrown away (files.ts), and an
 *   interpreter that failed, was stopped, grew, or used something that outlasts it, is thrown away whole.
 * - Not held: within its own notebook, learner code can change what later cells see and print.
 */

import { Files, type FileSystem } from "./files.ts";
import { Guard } from "./guard.ts";
import { Kept } from "./memory.ts";
import type { Boot, Cell, Image, Need, Said, Wheel, Work } from "./protocol.ts";

interface LoadOptions {
  checkIntegrity: boolean;
  messageCallback: () => void;
  errorCallback: (message: string) => void;
}

interface Module {
  HEAPU8: Uint8Array<ArrayBuffer>;
  _PyObject_CallNoArgs(address: number): number;
  _PyGILState_Ensure(): number;
  _PyGILState_Release(state: number): void;
}

interface Pyodide {
  FS: FileSystem;
  _module: Module;
  loadPackage(names: string[], options: LoadOptions): Promise<unknown>;
  loadPackagesFromImports(code: string, options: LoadOptions): Promise<unknown>;
  pyimport(name: string): { open_cells(device: string, carried: unknown, tests: boolean): string };
  toPy(value: unknown): unknown;
  setStdin(options: { error: true }): void;
  setStdout(options: { write: (bytes: Uint8Array) => number }): void;
  setStderr(options: { write: (bytes: Uint8Array) => number }): void;
}

/** What the engine asks of whoever holds its files. Source: site/engine/host.ts. */
interface Host {
  url(name: string): string;
  packages: string;
  image(name: string): Promise<Image>;
  bytes(name: string): Uint8Array;
  compile(): Promise<WebAssembly.Module>;
  instantiate(module: WebAssembly.Module, imports: WebAssembly.Imports): Promise<WebAssembly.Instance>;
}

interface Engine {
  loadPyodide(options: { start: "grader"; host: Host; env: Record<string, string> }): Promise<Pyodide>;
  setInterrupts(pyodide: Pyodide, shared: Uint8Array): void;
}

/** A name that resolves nowhere: wheels are asked for under it and answered from memory. */
const ENGINE = "https://engine.invalid/";
const HOME = "/home/pyodide";
const DEVICE = "/dev/cells";

/** Longest error or result that is kept when a cell is over its output limit. */
const KEPT_CHARACTERS = 20_000;
/** Memory does not shrink: an interpreter that has grown to more is not kept. */
const LARGEST_BYTES = 160 * 1024 * 1024;
/** While Python rests, it looks so often whether somebody asked to stop. */
const SIGINT = 2;
const REST_MS = 50;

/** Globals that stay: ECMAScript and what Pyodide's event loop and streams use. */
const KEPT_GLOBALS = new Set(
  ("Infinity NaN undefined globalThis self eval isFinite isNaN parseFloat parseInt decodeURI decodeURIComponent encodeURI " +
    "encodeURIComponent escape unescape Object Function Array Number Boolean String Symbol Date Promise RegExp Error " +
    "AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError SuppressedError JSON Math Intl Atomics " +
    "ArrayBuffer SharedArrayBuffer Uint8Array Int8Array Uint16Array Int16Array Uint32Array Int32Array Float16Array " +
    "Float32Array Float64Array Uint8ClampedArray BigUint64Array BigInt64Array DataView Map BigInt Set WeakMap WeakSet " +
    "WeakRef FinalizationRegistry Proxy Reflect Iterator DisposableStack AsyncDisposableStack Temporal WebAssembly " +
    "setTimeout clearTimeout setInterval clearInterval queueMicrotask TextEncoder TextDecoder URL URLSearchParams Response " +
    "AbortController AbortSignal DOMException Event EventTarget MessageChannel crypto performance atob btoa " +
    "structuredClone console location constructor WorkerGlobalScope gc").split(" "),
);

/** As the shell knows it; with what is asked for so, packages are loaded before learner code runs. */
const PIP = /^\s*[%!]pip\s+install\s+(.*)$/gm;

/**
 * Takes away every global that is not kept, and the console, which writes to the process's own stdout.
 * FinalizationRegistry does nothing: it would free objects in memory that has been put back.
 */
function scrub(): void {
  const silent: Record<string, () => void> = {};
  for (
    const name of ["log", "debug", "info", "warn", "error", "trace", "dir", "assert", "table", "group", "groupEnd"]
  ) {
    silent[name] = () => {};
  }
  Object.defineProperty(globalThis, "console", { value: Object.freeze(silent), configurable: false, writable: false });
  class FinalizationRegistry {
    register(): void {}
    unregister(): void {}
  }
  Object.assign(globalThis, { FinalizationRegistry });
  // The last level would be shared with every port and signal.
  for (let level: object = globalThis; level !== EventTarget.prototype; level = Object.getPrototypeOf(level)) {
    for (const name of Reflect.ownKeys(level)) {
      // Symbols are Deno's marks of what kind of object this is.
      if (typeof name === "symbol" || KEPT_GLOBALS.has(name)) continue;
      if (!Reflect.deleteProperty(level, name)) throw new Error(`the sandbox cannot remove ${String(name)}`);
    }
  }
}

/** Lets Pyodide fetch wheels of the engine from main. */
function answerFetch(port: MessagePort): (wheel: Wheel) => void {
  const waiting = new Map<string, (bytes: Uint8Array | null) => void>();
  const fetch = async (address: URL | string) => {
    const name = String(address).slice(ENGINE.length);
    const bytes = await new Promise<Uint8Array | null>((answer) => {
      waiting.set(name, answer);
      port.postMessage({ kind: "need", name } satisfies Need);
    });
    return {
      ok: bytes !== null,
      status: bytes === null ? 404 : 200,
      arrayBuffer: () => Promise.resolve(bytes?.buffer),
    };
  };
  Object.defineProperty(globalThis, "fetch", { value: fetch, configurable: true, writable: true });
  return ({ name, bytes }) => {
    waiting.get(name)?.(bytes);
    waiting.delete(name);
  };
}

/** main checks each file's sum against the lock; failures show as ImportError in the cell that imports. */
const loading: LoadOptions = { checkIntegrity: false, messageCallback: () => {}, errorCallback: () => {} };

/** What one cell publishes, up to its limit. */
class Outlet {
  #published = 0;
  #complained = false;
  #cut = false;

  constructor(private readonly limit: number, private readonly tell: (message: Said) => void) {}

  publish(output: string): void {
    this.#published += output.length;
    if (this.#published <= this.limit) return this.tell({ kind: "output", output });
    if (!this.#cut) this.tell({ kind: "cut" });
    this.#cut = true;
    const kept = this.#shortened(output);
    if (kept !== null) this.tell({ kind: "output", output: kept });
  }

  /** Keeps of what is over the limit only what decides a mark: that there was an error, what the result was, that stderr was used. */
  #shortened(message: string): string | null {
    const output = parsed(message);
    const { output_type, name } = output;
    if (output_type === "error") {
      const ename = shortened(output.ename);
      return JSON.stringify({ output_type, ename, evalue: shortened(output.evalue), traceback: [ename] });
    }
    if (output_type === "execute_result") {
      const data = { "text/plain": shortened((output.data as Record<string, unknown> | null)?.["text/plain"]) };
      return JSON.stringify({ output_type, execution_count: output.execution_count, data, metadata: {} });
    }
    if (name !== "stderr" || this.#complained) return null;
    this.#complained = true;
    return JSON.stringify({ output_type: "stream", name, text: "…" });
  }
}

function parsed(message: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(message));
  } catch {
    return {};
  }
}

function shortened(text: unknown): string {
  return typeof text === "string" ? text.slice(0, KEPT_CHARACTERS) : "";
}

/** V8's own, which cannot be taken away and does no harm; a start leaves more than it keeps. */
const { gc } = globalThis as { gc?: () => void };

class Interpreter {
  readonly #guard = new Guard();
  readonly #interrupt: Int32Array;
  readonly #lock: string;
  #pyodide!: Pyodide;
  #files!: Files;
  /** Memory before any learner code. */
  #base!: Kept;
  /** Addresses of the Python functions that run the cell in the device, and that answer the other side's request. */
  #cell = 0;
  #serve = 0;
  #opening: Promise<Interpreter> | undefined;
  /** The interpreter of the tests, for that of the learner, and the other way round. */
  #other: Interpreter | undefined;
  /** What Python reads next from the device, a piece each time. */
  #inbox: Uint8Array[] = [];
  #outlet: Pick<Outlet, "publish"> | undefined;
  #result = "";
  #profile: string | null = null;
  #answer: Uint8Array = new Uint8Array();

  constructor(private readonly start: Boot) {
    this.#interrupt = new Int32Array(start.interrupt);
    this.#lock = start.lock;
  }

  async boot(tested?: Interpreter): Promise<void> {
    const { module, scripts, images, archives, interrupt } = this.start;
    const { loadPyodide, setInterrupts } = await import(scripts["engine.mjs"]!) as Engine;
    const host: Host = {
      url: (name) => scripts[name]!,
      packages: ENGINE,
      image: (name) => Promise.resolve(images[name]!),
      bytes: (name) => new Uint8Array(archives[name]!), // a copy: what Python reads is its own
      compile: () => Promise.resolve(module),
      instantiate: (module, imports) => {
        this.#guard.watch(imports);
        return WebAssembly.instantiate(module, imports);
      },
    };
    const pyodide = await loadPyodide({ start: "grader", host, env: { HOME, PYTHONINSPECT: "1" } });
    this.#guard.watchCompiler();
    this.#pyodide = pyodide;
    this.#files = new Files(pyodide.FS);
    this.#files.device(DEVICE, () => this.#inbox.shift() ?? new Uint8Array(), (said) => this.#hear(said));
    pyodide.setStdin({ error: true });
    pyodide.setStdout({ write: (bytes) => this.#print("stdout", bytes) });
    pyodide.setStderr({ write: (bytes) => this.#print("stderr", bytes) });
    setInterrupts(pyodide, new Uint8Array(interrupt));
    const carried = pyodide.toPy(Object.keys(JSON.parse(this.#lock).packages));
    const addresses = pyodide.pyimport("passerelle_runtime.batch").open_cells(DEVICE, carried, tested !== undefined);
    [this.#cell, this.#serve] = addresses.split(" ").map(Number) as [number, number];
    this.#other = tested;
    this.#files.settle();
    this.#base = Kept.of(pyodide._module.HEAPU8, tested && tested.#base);
    gc?.();
  }

  /** Runs a notebook and returns whether another one may come. Throws when a cell has ended an interpreter. */
  async run(work: Work, tell: (message: Said) => void): Promise<boolean> {
    const sides: Interpreter[] = [this];
    if (work.cells.some(({ rules }) => rules)) sides.push(await this.openTests());
    for (const side of sides) {
      side.#reset(work.files);
      await side.#prepare(work);
    }
    tell({ kind: "prepared" });
    for (const side of sides) side.#guard.locked = side.#files.locked = true;
    for (const cell of work.cells) {
      Atomics.store(this.#interrupt, 0, 0);
      const outlet = new Outlet(work.outputBytes, tell);
      const [, tests] = sides;
      if (tests && cell.shared) tests.#begin({ code: cell.code });
      const result = cell.rules && tests ? this.#test(tests, cell, outlet) : this.#execute(cell, outlet);
      tell({ kind: "done", result, profile: cell.rules && tests ? tests.#profile : null });
    }
    for (const side of sides) side.#guard.locked = side.#files.locked = false;
    return sides.every((side) => side.#reusable);
  }

  get #reusable(): boolean {
    return !this.#guard.spent && this.#files.intact && this.#pyodide._module.HEAPU8.length <= LARGEST_BYTES;
  }

  /** The interpreter of the tests, started once: when it is first needed, or before. */
  openTests(): Promise<Interpreter> {
    return this.#opening ??= (async () => {
      const tests = new Interpreter(this.start);
      await tests.boot(this);
      this.#other = tests;
      return tests;
    })();
  }

  #execute({ code, author = false }: Cell, outlet: Outlet): string {
    this.#outlet = outlet;
    this.#begin({ code, author });
    return this.#result;
  }

  /** Runs a cell in the interpreter of the tests; what the learner's shows meanwhile decides nothing. */
  #test(tests: Interpreter, { code, rules }: Cell, outlet: Outlet): string {
    const shown = (output: string) => parsed(output).output_type === "display_data" && outlet.publish(output);
    this.#outlet = { publish: shown };
    tests.#outlet = outlet;
    tests.#profile = null;
    tests.#begin({ code, rules });
    return tests.#result;
  }

  /** Gives Python an order, and time until it has carried it out. */
  #begin(order: Cell): void {
    this.#result = "";
    this.#hold(new TextEncoder().encode(JSON.stringify(order)));
    if (this.#pyodide._module._PyObject_CallNoArgs(this.#cell) === 0) throw new Error("Python ended");
  }

  /** Answers a request of the other side, which stands still meanwhile, and may be asked in turn. */
  #respond(request: Uint8Array): Uint8Array {
    const { _module } = this.#pyodide;
    const held = this.#inbox;
    this.#hold(request);
    const state = _module._PyGILState_Ensure(); // Python let go of itself when it wrote to its device
    const done = _module._PyObject_CallNoArgs(this.#serve);
    _module._PyGILState_Release(state);
    if (done === 0) throw new Error("Python ended");
    this.#inbox = held;
    return this.#answer;
  }

  #hold(bytes: Uint8Array): void {
    this.#inbox = [new TextEncoder().encode(String(bytes.length)), bytes];
  }

  #reset(files: Work["files"]): void {
    const { HEAPU8 } = this.#pyodide._module;
    this.#base.putBack(HEAPU8);
    this.#files.reset(files);
  }

  /** Loads the packages that a notebook, or a module beside it, asks for. */
  async #prepare(work: Work): Promise<void> {
    const known: Record<string, unknown> = JSON.parse(this.#lock).packages;
    const decoder = new TextDecoder();
    const modules = [...work.files].filter(([path]) => path.endsWith(".py"));
    const sources = [...work.cells.map(({ code }) => code), ...modules.map(([, content]) => decoder.decode(content))];
    for (const source of sources) {
      if (!/import|pip/.test(source)) continue;
      await this.#pyodide.loadPackagesFromImports(source, loading);
      const asked = [...source.matchAll(PIP)].flatMap(([, words]) => words!.split(/\s+/));
      const carried = asked.map((word) => word.split(/[[<>=!~;@]/)[0]!).filter((name) => name in known);
      if (carried.length > 0) await this.#pyodide.loadPackage(carried, loading);
    }
  }

  #hear(said: Uint8Array): void {
    const rest = said.subarray(1);
    const text = () => new TextDecoder().decode(rest);
    switch (String.fromCharCode(said[0] ?? 0)) {
      case "o":
        this.#outlet?.publish(text());
        break;
      case "d":
        this.#result = text();
        break;
      case "p":
        this.#profile = text();
        break;
      case "b":
        this.#hold(this.#other ? this.#other.#respond(rest) : new Uint8Array());
        break;
      case "r":
        this.#answer = rest;
        break;
      case "i":
        Atomics.store(this.#interrupt, 0, SIGINT);
        break;
      case "s":
        this.#rest(Number(text()) * 1000);
    }
  }

  /** Rests, and leaves an answer that says whether somebody asked to stop. */
  #rest(milliseconds: number): void {
    const end = performance.now() + milliseconds;
    let left = milliseconds;
    while (left > 0 && Atomics.load(this.#interrupt, 0) === 0) {
      Atomics.wait(this.#interrupt, 0, 0, Math.min(left, REST_MS));
      left = end - performance.now();
    }
    this.#inbox = [new TextEncoder().encode(Atomics.exchange(this.#interrupt, 0, 0) === 0 ? "0" : "1")];
  }

  /** For what goes past `sys.stdout`, as `os.write(1, …)` does. */
  #print(name: string, bytes: Uint8Array): number {
    this.#outlet?.publish(JSON.stringify({ output_type: "stream", name, text: new TextDecoder().decode(bytes) }));
    return bytes.length;
  }
}

const listener = self as unknown as { onmessage: ((event: MessageEvent<Boot>) => void) | null };

listener.onmessage = async ({ data: start }) => {
  const { port } = start;
  const tell = (message: Said) => port.postMessage(message);
  const fail = (error: unknown) =>
    tell({ kind: "failed", detail: error instanceof Error ? `${error}\n${error.stack}` : String(error) });
  try {
    scrub();
    const give = answerFetch(port);
    const interpreter = new Interpreter(start);
    await interpreter.boot();
    port.onmessage = ({ data }: MessageEvent<Work | Wheel>) => {
      if ("cells" in data) {
        interpreter.run(data, tell).then((reusable) => tell({ kind: "finished", reusable }), fail);
      } else {
        give(data);
      }
    };
    tell({ kind: "warm" });
    if (start.apart) interpreter.openTests().catch(() => {}); // told when it is needed
  } catch (error) {
    fail(error);
  }
};
