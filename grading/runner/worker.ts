/**
 * One interpreter in one worker: starts Pyodide, then runs the cells of one notebook, then is thrown away.
 *
 * Learner code runs in this thread and may do to this realm whatever its Python can reach. What is held against it:
 *
 * - The machine: the worker has no permission at all (main gives its own away before it starts one), and V8 compiles no
 *   JavaScript from strings (`--disallow-code-generation-from-strings`), so learner code has objects to call but no
 *   JavaScript of its own, hence no `import("node:…")`. What the realm offers beyond plain ECMAScript is deleted.
 * - The results: they leave through a port that only closures of this module hold, by a function bound before learner
 *   code runs; each cell's messages carry a secret that main chose for that cell. The worker receives nothing after
 *   learner code has begun, so there is no incoming message to intercept. Nothing here touches the process's stdout.
 * - Not held: within its own interpreter, learner code can change what later cells of the same notebook see and print.
 */

import type { Boot, Image, Need, Prepared, Wheel, Work } from "./protocol.ts";

interface Shell {
  run(code: string): Promise<string>;
}

interface FileSystem {
  mkdirTree(path: string): void;
  writeFile(path: string, content: Uint8Array): void;
}

interface Pyodide {
  FS: FileSystem;
  loadPackage(names: string[], options: LoadOptions): Promise<unknown>;
  loadPackagesFromImports(code: string, options: LoadOptions): Promise<unknown>;
  pyimport(name: string): { open_shell(publish: (message: string) => void): Shell };
  setStdin(options: { error: true }): void;
  setStdout(options: { batched: (text: string) => void }): void;
  setStderr(options: { batched: (text: string) => void }): void;
}

interface LoadOptions {
  checkIntegrity: boolean;
  messageCallback: () => void;
  errorCallback: (message: string) => void;
}

/** What the engine asks of whoever holds its files. Source: site/engine/host.ts. */
interface Host {
  url(name: string): string;
  packages: string;
  image(name: string): Promise<Image>;
  bytes(name: string): Uint8Array;
  compile(): Promise<WebAssembly.Module>;
}

interface Engine {
  loadPyodide(options: { start: "grader"; host: Host; env: Record<string, string> }): Promise<Pyodide>;
}

/** A name that resolves nowhere: engine files are asked for under it and answered from memory. */
const ENGINE = "https://engine.invalid/";
const HOME = "/home/pyodide";

/** Longest error or result that is kept when a cell is over its output limit. */
const KEPT_CHARACTERS = 20_000;

/** Globals that stay: ECMAScript and what Pyodide's event loop and streams use. */
const KEPT_GLOBALS = new Set(
  ("Infinity NaN undefined globalThis self eval isFinite isNaN parseFloat parseInt decodeURI decodeURIComponent encodeURI " +
    "encodeURIComponent escape unescape Object Function Array Number Boolean String Symbol Date Promise RegExp Error " +
    "AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError SuppressedError JSON Math Intl Atomics " +
    "ArrayBuffer SharedArrayBuffer Uint8Array Int8Array Uint16Array Int16Array Uint32Array Int32Array Float16Array " +
    "Float32Array Float64Array Uint8ClampedArray BigUint64Array BigInt64Array DataView Map BigInt Set WeakMap WeakSet " +
    "WeakRef Proxy Reflect FinalizationRegistry Iterator DisposableStack AsyncDisposableStack Temporal WebAssembly " +
    "setTimeout clearTimeout setInterval clearInterval queueMicrotask TextEncoder TextDecoder URL URLSearchParams " +
    "AbortController AbortSignal DOMException Event EventTarget MessageChannel crypto performance atob btoa " +
    "structuredClone console location constructor WorkerGlobalScope").split(" "),
);

/** Globals that starting takes, gone before learner code comes. */
const BOOT_GLOBALS = ["Response", "passerelleInterrupt"];

/** As the shell knows it; with what is asked for so, packages are loaded before learner code runs. */
const PIP = /^\s*[%!]pip\s+install\s+(.*)$/gm;

/** Takes away every global that is not kept, and the console, which writes to the process's own stdout. */
function scrub(): void {
  const silent: Record<string, () => void> = {};
  for (
    const name of ["log", "debug", "info", "warn", "error", "trace", "dir", "assert", "table", "group", "groupEnd"]
  ) {
    silent[name] = () => {};
  }
  Object.defineProperty(globalThis, "console", { value: Object.freeze(silent), configurable: false, writable: false });
  // The last level would be shared with every port and signal.
  for (let level: object = globalThis; level !== EventTarget.prototype; level = Object.getPrototypeOf(level)) {
    for (const name of Reflect.ownKeys(level)) {
      // Symbols are Deno's marks of what kind of object this is.
      if (typeof name === "symbol" || KEPT_GLOBALS.has(name) || BOOT_GLOBALS.includes(name)) continue;
      if (!Reflect.deleteProperty(level, name)) throw new Error(`the sandbox cannot remove ${String(name)}`);
    }
  }
}

/** Lets Pyodide fetch wheels of the engine from main; returns the switch that ends it. */
function answerFetch(port: MessagePort): () => void {
  const waiting = new Map<string, (bytes: Uint8Array | null) => void>();
  port.onmessage = (event: MessageEvent<Wheel>) => {
    waiting.get(event.data.name)?.(event.data.bytes);
    waiting.delete(event.data.name);
  };
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
  return () => {
    Reflect.deleteProperty(globalThis, "fetch");
  };
}

/** Where the shell and the interpreter's own streams publish; replaced for each cell. */
let publish: (message: string) => void = () => {};

async function boot(start: Boot): Promise<[Pyodide, Shell]> {
  const { module, scripts, images, archives, interrupt } = start;
  const { loadPyodide } = await import(scripts["engine.mjs"]!) as Engine;
  const host: Host = {
    url: (name) => scripts[name]!,
    packages: ENGINE,
    image: (name) => Promise.resolve(images[name]!),
    bytes: (name) => new Uint8Array(archives[name]!), // a copy: what Python reads is its own
    compile: () => Promise.resolve(module),
  };
  Object.assign(globalThis, { passerelleInterrupt: new Uint8Array(interrupt) });
  const pyodide = await loadPyodide({ start: "grader", host, env: { HOME, PYTHONINSPECT: "1" } });
  for (const name of BOOT_GLOBALS) Reflect.deleteProperty(globalThis, name);
  const shell = pyodide.pyimport("passerelle_runtime.images").open_shell((message) => publish(message));
  pyodide.setStdin({ error: true });
  pyodide.setStdout({ batched: stream("stdout") });
  pyodide.setStderr({ batched: stream("stderr") });
  return [pyodide, shell];
}

/** main checks each file's sum against the lock; failures show as ImportError in the cell that imports. */
const loading: LoadOptions = { checkIntegrity: false, messageCallback: () => {}, errorCallback: () => {} };

/** For what goes past `sys.stdout`, as `os.write(1, …)` does. */
function stream(name: string): (text: string) => void {
  const encode = JSON.stringify;
  return (text) => publish(encode({ output_type: "stream", name, text: text + "\n" }));
}

async function prepare(pyodide: Pyodide, work: Work, lock: string): Promise<void> {
  const known: Record<string, unknown> = JSON.parse(lock).packages;
  for (const [path, content] of work.files) {
    const parts = path.split("/");
    pyodide.FS.mkdirTree([HOME, ...parts.slice(0, -1)].join("/"));
    pyodide.FS.writeFile([HOME, ...parts].join("/"), content);
  }
  const decoder = new TextDecoder();
  const modules = [...work.files].filter(([path]) => path.endsWith(".py")).map(([, content]) =>
    decoder.decode(content)
  );
  for (const source of [...work.sources, ...modules]) {
    await pyodide.loadPackagesFromImports(source, loading);
    const asked = [...source.matchAll(PIP)].flatMap(([, words]) => words!.split(/\s+/));
    const carried = asked.map((word) => word.split(/[[<>=!~;@]/)[0]!).filter((name) => name in known);
    if (carried.length > 0) await pyodide.loadPackage(carried, loading);
  }
}

/** Runs the cells. Everything that it calls between two cells was taken into this closure before the first one. */
async function runCells(shell: Shell, work: Work, send: (said: string) => void, interrupt: Int32Array): Promise<void> {
  const { sources, tokens, outputBytes } = work;
  const count = sources.length;
  const run = shell.run.bind(shell);
  const store = Atomics.store;
  const { parse, stringify } = JSON;
  for (let index = 0; index < count; index++) {
    const token = tokens[index]!;
    let published = 0;
    let cut = false;
    const shorten = makeShorten(parse, stringify);
    publish = (message) => {
      published += message.length;
      if (published <= outputBytes) {
        send(token + "o" + message);
        return;
      }
      if (!cut) send(token + "x");
      cut = true;
      const kept = shorten(message);
      if (kept !== null) send(token + "o" + kept);
    };
    try {
      store(interrupt, 0, 0);
      const result = await run(sources[index]!);
      send(token + "d" + result);
    } catch (error) {
      // The shell never raises: this is an interpreter that ended, by `os._exit`, a crash or too much recursion in C.
      send(token + "k" + `${error}`);
      return;
    }
  }
}

/** Keeps of what is over the limit only what decides a mark: that there was an error, what the result was, that stderr was used. */
function makeShorten(parse: typeof JSON.parse, stringify: typeof JSON.stringify): (message: string) => string | null {
  const cut = (text: unknown) => typeof text === "string" ? text.slice(0, KEPT_CHARACTERS) : "";
  let complained = false;
  return (message) => {
    const output = parse(message);
    if (output.output_type === "error") {
      const { output_type, ename } = output;
      return stringify({ output_type, ename: cut(ename), evalue: cut(output.evalue), traceback: [cut(ename)] });
    }
    if (output.output_type === "execute_result") {
      const data = { "text/plain": cut(output.data?.["text/plain"]) };
      return stringify({ output_type: "execute_result", execution_count: output.execution_count, data, metadata: {} });
    }
    if (output.name !== "stderr" || complained) return null;
    complained = true;
    return stringify({ output_type: "stream", name: "stderr", text: "…" });
  };
}

const listener = self as unknown as { onmessage: ((event: MessageEvent<Boot>) => void) | null };

listener.onmessage = async ({ data: start }) => {
  const { port } = start;
  const tell = (message: Prepared) => port.postMessage(message);
  try {
    scrub();
    const endFetch = answerFetch(port);
    const [pyodide, shell] = await boot(start);
    tell({ kind: "warm", detail: "" });
    const work = await new Promise<Work>((given) => {
      const wheels = port.onmessage;
      port.onmessage = (event: MessageEvent<Work | Wheel>) => {
        if ("sources" in event.data) given(event.data);
        else wheels?.call(port, event);
      };
    });
    await prepare(pyodide, work, start.lock);
    endFetch();
    const flag = new Int32Array(start.interrupt);
    tell({ kind: "prepared", detail: "" });
    await runCells(shell, work, port.postMessage.bind(port), flag);
  } catch (error) {
    tell({ kind: "failed", detail: error instanceof Error ? `${error}\n${error.stack}` : String(error) });
  }
};
