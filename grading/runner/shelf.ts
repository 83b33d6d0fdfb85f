/** The engine's files in memory: read or asked for once, given to every interpreter. */

import type { Bytes } from "./parent.ts";
import type { Image } from "./protocol.ts";

interface Lock {
  packages: Record<string, { file_name: string }>;
}

/** What we use of the engine's module. Source: site/engine/engine.ts. */
interface Engine {
  decode(bytes: SharedArrayBuffer): Image;
}

const SCRIPTS = ["engine.mjs", "pyodide.mjs", "pyodide.asm.mjs"];
const IMAGES = ["lesson.img", "grader.img"];
/** Modules of the worker's program, besides worker.ts. */
const PARTS = ["files.ts", "guard.ts", "memory.ts"];
const ARCHIVES = ["first.pack", "files.pack", "python_stdlib.zip"];

export class Shelf {
  readonly #names: Set<string>;
  readonly #wheels = new Map<string, PromiseWithResolvers<Bytes | null>>();

  private constructor(
    readonly module: WebAssembly.Module,
    readonly lock: string,
    readonly scripts: Record<string, string>,
    readonly images: Record<string, Image>,
    readonly archives: Record<string, Uint8Array<SharedArrayBuffer>>,
    readonly workerUrl: string,
    private readonly ask: (name: string) => void,
  ) {
    const { packages }: Lock = JSON.parse(lock);
    this.#names = new Set(Object.values(packages).map((entry) => entry.file_name));
  }

  /** Reads the engine's folder; wheels are asked of the parent when an interpreter first needs them. */
  static async read(engine: string, runner: URL, ask: (name: string) => void): Promise<Shelf> {
    const read = (name: string) => Deno.readFile(`${engine}/${name}`);
    const [module, lock, scripts, images, archives] = await Promise.all([
      read("pyodide.asm.wasm").then((bytes) => WebAssembly.compile(bytes)),
      Deno.readTextFile(`${engine}/pyodide-lock.json`),
      each(SCRIPTS, async (name) => held(await read(name), "text/javascript")),
      each(IMAGES, async (name) => shared(await read(name))),
      each(ARCHIVES, async (name) => shared(await read(name))),
    ]);
    const { decode } = await import(scripts["engine.mjs"]!) as Engine;
    const decoded = Object.fromEntries(IMAGES.map((name) => [name, decode(images[name]!.buffer)]));
    return new Shelf(module, lock, scripts, decoded, archives, await program(runner), ask);
  }

  /** The file of this name, or null when the engine has none. */
  get(name: string): Promise<Bytes | null> {
    if (!this.#names.has(name)) return Promise.resolve(null);
    let wheel = this.#wheels.get(name);
    if (wheel === undefined) {
      wheel = Promise.withResolvers();
      this.#wheels.set(name, wheel);
      this.ask(name);
    }
    return wheel.promise;
  }

  put(name: string, bytes: Bytes | null): void {
    this.#wheels.get(name)?.resolve(bytes);
  }
}

async function each<T>(names: string[], get: (name: string) => Promise<T>): Promise<Record<string, T>> {
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await get(name)])));
}

/** The address of the worker's program, whose parts are held in memory too. */
async function program(runner: URL): Promise<string> {
  const read = (name: string) => Deno.readTextFile(new URL(name, runner));
  const type = "application/typescript";
  const parts = await each(PARTS, async (name) => held(await read(name), type));
  const source = PARTS.reduce((text, name) => text.replace(`"./${name}"`, `"${parts[name]}"`), await read("worker.ts"));
  return held(source, type);
}

/** An address in memory, so that a worker without permission to read can be started from it. */
function held(source: Uint8Array<ArrayBuffer> | string, type: string): string {
  return URL.createObjectURL(new Blob([source], { type }));
}

/** The same bytes in memory that workers need not copy. */
function shared(bytes: Uint8Array): Uint8Array<SharedArrayBuffer> {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}
