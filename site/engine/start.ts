/** Starts Pyodide, from nothing or from images. */

import { apply, type Image } from "./image.ts";
import { type Files, lazyFile } from "./lazy.ts";
import { find } from "./references.ts";

/** The part of Pyodide's API that we use here. */
export interface Pyodide {
  FS: Files & { writeFile(path: string, content: Uint8Array, options?: { canOwn: boolean }): void };
  loadedPackages: Record<string, string>;
  makeMemorySnapshot(options: { serializer(value: unknown): unknown }): Uint8Array<ArrayBuffer>;
  pyimport(name: string): { [member: string]: (...values: unknown[]) => void };
  runPython(code: string): unknown;
  setInterruptBuffer(buffer: { 0: number }): void;
  // deno-lint-ignore no-explicit-any
  _api: any;
}

interface Module {
  API: unknown;
  HEAPU8: Uint8Array;
  growMemory(bytes: number): void;
}

type Instantiated = (instance: WebAssembly.Instance, module: WebAssembly.Module) => void;

interface Settings {
  INITIAL_MEMORY?: number;
  instantiateWasm(imports: WebAssembly.Imports, ready: Instantiated): object;
}

interface Loader {
  loadPyodide(options: Record<string, unknown>): Promise<Pyodide>;
}

interface Core {
  default(settings: Settings): Promise<Module>;
}

/** What a start takes, as it comes. */
export interface Parts {
  loader: Promise<Loader>;
  core: Promise<Core>;
  module: Promise<WebAssembly.Module>;
  instantiate?: (module: WebAssembly.Module, imports: WebAssembly.Imports) => Promise<WebAssembly.Instance>;
  /** Bytes at the beginning of memory that WebAssembly itself fills. */
  staticBytes: number;
  lock: string;
  /** Address below which the lock's packages are. */
  packages: string;
  /** The standard library's archive. */
  stdlib: { size: number; read(): Uint8Array };
}

export type Options = Record<string, unknown>;

export const STDLIB = "/lib/python314.zip";
/** Pyodide asks for its parts below this address, which is nowhere, and gets those that are here. */
const NOWHERE = "https://engine.invalid/";
/** Memory holds the state of `random`: without this, everybody would draw the same numbers. Pyodide adds "" to the path again. */
const FRESHEN = `
import random, sys
random.seed()
sys.path[:] = dict.fromkeys(sys.path)
del random, sys
`;

/** A Python, and what its memory was when WebAssembly had made it: what images are compared with. */
export interface Started {
  pyodide: Pyodide;
  fresh: Uint8Array<ArrayBuffer>;
}

/** Pyodide with nothing in it but its standard library. */
export async function startPlain(parts: Parts, stdlib: Promise<Response>, options: Options): Promise<Started> {
  let fresh = new Uint8Array();
  const pyodide = await load(parts, stdlib, {
    ...options,
    createPyodideModule: (settings: Settings) => create(parts, settings, (memory) => fresh = memory),
  });
  return { pyodide, fresh };
}

/**
 * Pyodide as it was when its images were made.
 *
 * @param head Of the last image, see `Index.head`.
 * @param coming Images in the order in which they stand on each other.
 */
export async function restore(
  parts: Parts,
  head: number[],
  coming: Promise<Image>[],
  options: Options,
): Promise<Pyodide> {
  const arrived = Promise.all(coming);
  arrived.catch(() => {}); // heard below, once there is a module to put them into
  let module: Module | undefined;
  const pyodide = await load(parts, Promise.resolve(new Response("")), {
    ...options,
    _loadSnapshot: new Uint8Array(head),
    _snapshotDeserializer: (way: string[]) => find(way, module?.API),
    createPyodideModule: async (settings: Settings) => {
      let fresh = new Uint8Array();
      delete settings.INITIAL_MEMORY; // Pyodide takes it from the snapshot's length, which is not all of it here
      module = await create(parts, settings, (memory) => fresh = memory);
      const images = await arrived;
      module.growMemory(Math.max(...images.map((image) => image.index.heap)));
      module.HEAPU8.set(fresh);
      module.HEAPU8.fill(0, fresh.length);
      for (const image of images) apply(image, module.HEAPU8);
      return module;
    },
  });
  pyodide.FS.unlink(STDLIB);
  lazyFile(pyodide.FS, STDLIB, parts.stdlib.size, parts.stdlib.read);
  pyodide.runPython(FRESHEN);
  return pyodide;
}

/**
 * Emscripten's module, of WebAssembly that was compiled while all else came. `seen` gets a copy of the memory that
 * WebAssembly makes, before any code has run in it.
 *
 * Source: Pyodide 314, src/js: what its own loader imports besides.
 */
async function create(
  parts: Parts,
  settings: Settings,
  seen: (fresh: Uint8Array<ArrayBuffer>) => void,
): Promise<Module> {
  const core = await parts.core;
  const failed = Symbol("error marker");
  const errors = { Jsv_GetError_import: () => failed, JsvError_Check: (value: unknown) => value === failed };
  async function make(imports: WebAssembly.Imports, ready: Instantiated): Promise<void> {
    const compiled = await parts.module;
    const { instantiate = WebAssembly.instantiate } = parts;
    const instance = await instantiate(compiled, imports);
    const { memory } = instance.exports as { memory: WebAssembly.Memory };
    seen(new Uint8Array(memory.buffer).slice(0, parts.staticBytes));
    ready(instance, compiled);
  }
  // Emscripten's own part gets ready while WebAssembly comes, and would hear nothing of one that does not come.
  return await new Promise((resolve, reject) => {
    settings.instantiateWasm = (imports, ready) => {
      Object.assign(imports.env as object, errors);
      make(imports, ready).catch(reject);
      return {};
    };
    core.default(settings).then(resolve, reject);
  });
}

async function load(parts: Parts, stdlib: Promise<Response>, options: Options): Promise<Pyodide> {
  const { loadPyodide } = await parts.loader;
  const fetch = globalThis.fetch;
  const here: Record<string, Promise<Response> | undefined> = {
    [`${NOWHERE}pyodide.asm.wasm`]: Promise.resolve(new Response("")), // it is compiled already
    [`${NOWHERE}python_stdlib.zip`]: stdlib,
  };
  globalThis.fetch = (asked, how) => here[String(asked)] ?? fetch(asked, how);
  try {
    const { lock, packages } = parts;
    return await loadPyodide({ ...options, indexURL: NOWHERE, lockFileContents: lock, packageBaseUrl: packages });
  } finally {
    globalThis.fetch = fetch;
  }
}
