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

import type { Boot, Image, Made, Need, Prepared, Wheel, Work } from "./protocol.ts";

interface Shell {
  run(code: string): Promise<string>;
}

interface FileSystem {
  mkdirTree(path: string): void;
  writeFile(path: string, content: Uint8Array, options?: { canOwn: boolean }): void;
  readFile(path: string): Uint8Array<ArrayBuffer>;
  readdir(path: string): string[];
  stat(path: string): { mode: number };
  isDir(mode: number): boolean;
}

interface Pyodide {
  FS: FileSystem;
  loadedPackages: Record<string, string>;
  makeMemorySnapshot(): Uint8Array<ArrayBuffer>;
  runPython(code: string): unknown;
  unpackArchive(archive: ArrayBuffer, format: "whl", options: { extractDir: string }): void;
  loadPackage(names: string[], options: LoadOptions): Promise<unknown>;
  loadPackagesFromImports(code: string, options: LoadOptions): Promise<unknown>;
  pyimport(name: string): { Shell(publish: (message: string) => void): Shell };
  setInterruptBuffer(buffer: Uint8Array): void;
  setStdin(options: { error: true }): void;
  setStdout(options: { batched: (text: string) => void }): void;
  setStderr(options: { batched: (text: string) => void }): void;
}

interface LoadOptions {
  checkIntegrity: boolean;
  messageCallback: () => void;
  errorCallback: (message: string) => void;
}

interface EmscriptenSettings {
  instantiateWasm(
    imports: WebAssembly.Imports & { env: Record<string, unknown> },
    ready: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
  ): object;
}

interface Module {
  growMemory(bytes: number): void;
}

type Create = (settings: EmscriptenSettings) => Promise<Module>;

interface Lock {
  packages: Record<string, { file_name: string; depends: string[] }>;
}

interface Loader {
  loadPyodide(options: Record<string, unknown>): Promise<Pyodide>;
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

/** Brings in all that a shell imports late. */
const WARM_UP = `
import passerelle_runtime
passerelle_runtime.Shell(lambda message: None).close()
import gc
del passerelle_runtime
gc.collect()
del gc
`;

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
      if (typeof name === "symbol" || KEPT_GLOBALS.has(name)) continue;
      if (!Reflect.deleteProperty(level, name)) throw new Error(`the sandbox cannot remove ${String(name)}`);
    }
  }
}

/** Instantiates the module that main compiled once, instead of fetching and compiling it again. */
function instantiate(module: WebAssembly.Module): EmscriptenSettings["instantiateWasm"] {
  const failed = Symbol("error marker");
  return (imports, ready) => {
    imports.env.Jsv_GetError_import = () => failed;
    imports.env.JsvError_Check = (value: unknown) => value === failed;
    WebAssembly.instantiate(module, imports).then((instance) => ready(instance, module));
    return {};
  };
}

/** Lets Pyodide fetch files of the engine from main; returns the switch that ends it. */
function answerFetch(port: MessagePort, stdlib: Uint8Array): () => void {
  const waiting = new Map<string, (bytes: Uint8Array | null) => void>();
  port.onmessage = (event: MessageEvent<Wheel>) => {
    waiting.get(event.data.name)?.(event.data.bytes);
    waiting.delete(event.data.name);
  };
  const fetch = async (address: URL | string) => {
    const name = String(address).slice(ENGINE.length);
    const bytes = name === "python_stdlib.zip" ? stdlib : await new Promise<Uint8Array | null>((answer) => {
      waiting.set(name, answer);
      port.postMessage({ kind: "need", name } satisfies Need);
    });
    return {
      ok: bytes !== null,
      status: bytes === null ? 404 : 200,
      arrayBuffer: () => Promise.resolve(bytes?.buffer),
    };
  };
  Object.defineProperty(globalThis, "fetch", { value: fetch, configurable: true });
  return () => {
    Reflect.deleteProperty(globalThis, "fetch");
  };
}

/** Where the shell and the interpreter's own streams publish; replaced for each cell. */
let publish: (message: string) => void = () => {};

/** Starts Pyodide: from the image, or from nothing with `image` null. */
async function load(start: Boot): Promise<Pyodide> {
  const { loadPyodide } = await import(start.loaderUrl) as Loader;
  const { default: create } = await import(start.createUrl) as { default: Create };
  const { image } = start;
  return await loadPyodide({
    indexURL: ENGINE,
    packageBaseUrl: ENGINE,
    lockFileContents: start.lock,
    env: { HOME, PYTHONINSPECT: "1" },
    ...(image ? { _loadSnapshot: image.snapshot } : { _makeSnapshot: true }),
    createPyodideModule: async (settings: EmscriptenSettings) => {
      settings.instantiateWasm = instantiate(start.module);
      const created = await create(settings);
      if (image) created.growMemory(image.snapshot.length);
      return created;
    },
  });
}

/** Takes the image of an interpreter that has the shell's packages imported; starting them costs ten times a restore. */
async function makeImage(start: Boot): Promise<Image> {
  const pyodide = await load(start);
  const { packages: known }: Lock = JSON.parse(start.lock);
  const packages: string[] = [];
  const add = (name: string) => {
    const entry = known[name];
    if (entry === undefined || packages.includes(name)) return;
    packages.push(name);
    entry.depends.forEach(add);
  };
  add("passerelle-runtime");
  const site = String(pyodide.runPython("import sysconfig; sysconfig.get_path('purelib')"));
  for (const name of packages) {
    // Not `loadPackage`: a snapshot is refused when Pyodide's own list of packages has changed.
    const wheel = await fetch(ENGINE + known[name]!.file_name);
    pyodide.unpackArchive(await wheel.arrayBuffer(), "whl", { extractDir: site });
  }
  pyodide.runPython(WARM_UP);
  const snapshot = pyodide.makeMemorySnapshot();
  const image: Image = { snapshot, folders: [], files: [], packages };
  const walk = (folder: string) => {
    for (const name of pyodide.FS.readdir(folder)) {
      const path = `${folder}/${name}`;
      if (name === "." || name === "..") continue;
      if (pyodide.FS.isDir(pyodide.FS.stat(path).mode)) {
        image.folders.push(path);
        walk(path);
      } else {
        image.files.push([path, pyodide.FS.readFile(path)]);
      }
    }
  };
  walk(site);
  return image;
}

async function boot(start: Boot, image: Image): Promise<[Pyodide, Shell]> {
  const pyodide = await load(start);
  for (const folder of image.folders) pyodide.FS.mkdirTree(folder);
  for (const [path, content] of image.files) pyodide.FS.writeFile(path, content, { canOwn: true });
  for (const name of image.packages) pyodide.loadedPackages[name] = "image";
  // The image froze the state of `random`; every learner would draw the same numbers.
  pyodide.runPython("import random; random.seed(); del random");
  const shell = pyodide.pyimport("passerelle_runtime").Shell((message: string) => publish(message));
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
    const endFetch = answerFetch(port, start.stdlib);
    if (start.image === null) {
      const image = await makeImage(start);
      return port.postMessage({ kind: "image", image } satisfies Made);
    }
    const [pyodide, shell] = await boot(start, start.image);
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
    pyodide.setInterruptBuffer(new Uint8Array(start.interrupt));
    tell({ kind: "prepared", detail: "" });
    await runCells(shell, work, port.postMessage.bind(port), flag);
  } catch (error) {
    tell({ kind: "failed", detail: error instanceof Error ? `${error}\n${error.stack}` : String(error) });
  }
};
