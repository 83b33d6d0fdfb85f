/** The engine's files in memory: read or asked for once, given to every interpreter. */

import type { Bytes } from "./parent.ts";
import type { Image } from "./protocol.ts";

interface Lock {
  packages: Record<string, { file_name: string }>;
}

export class Shelf {
  /** What every interpreter starts from; set by main, because it takes an interpreter to make it. */
  image: Promise<Image> = Promise.reject(new Error("no image"));
  readonly #names: Set<string>;
  readonly #wheels = new Map<string, PromiseWithResolvers<Bytes | null>>();

  private constructor(
    readonly module: WebAssembly.Module,
    readonly stdlib: Bytes,
    readonly lock: string,
    readonly loaderUrl: string,
    readonly createUrl: string,
    readonly workerUrl: string,
    private readonly ask: (name: string) => void,
  ) {
    this.image.catch(() => {});
    const { packages }: Lock = JSON.parse(lock);
    this.#names = new Set(Object.values(packages).map((entry) => entry.file_name));
  }

  /** Reads the core from the engine's folder; wheels are asked of the parent when an interpreter first needs them. */
  static async read(engine: string, workerSource: string, ask: (name: string) => void): Promise<Shelf> {
    const [module, stdlib, lock, loader, create] = await Promise.all([
      Deno.readFile(`${engine}/pyodide.asm.wasm`).then((bytes) => WebAssembly.compile(bytes)),
      Deno.readFile(`${engine}/python_stdlib.zip`),
      Deno.readTextFile(`${engine}/pyodide-lock.json`),
      Deno.readTextFile(`${engine}/pyodide.mjs`),
      Deno.readTextFile(`${engine}/pyodide.asm.mjs`),
    ]);
    return new Shelf(
      module,
      stdlib,
      lock,
      held(loader, "text/javascript"),
      held(create, "text/javascript"),
      held(workerSource, "application/typescript"),
      ask,
    );
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

/** An address in memory, so that a worker without permission to read can be started from it. */
function held(source: string, type: string): string {
  return URL.createObjectURL(new Blob([source], { type }));
}
