/**
 * The engine: `loadPyodide` of our own, which brings a Python back from an image instead of starting it.
 *
 * One module for three hosts: the worker of a lesson's cells, JupyterLite's kernel worker (by its setting `pyodideUrl`),
 * and the grader's sandbox. Its options are Pyodide's, and those of `Ours`.
 */

import { forget, keep, kept } from "./device.ts";
import type { Facts, Name } from "./facts.ts";
import { browserHost, type Host } from "./host.ts";
import { decode, encode, type Image } from "./image.ts";
import { setInterrupts } from "./interrupts.ts";
import { lazyFiles } from "./lazy.ts";
import { name as nameOf } from "./references.ts";
import { type Options, type Parts, type Pyodide, restore, startPlain } from "./start.ts";

/** Stands before this module when the engine is built. */
declare const ENGINE: Facts;

export { decode, forget, setInterrupts };

/** `lesson` has the shell of cells in it, `grader` what explaining an error takes too, `notebook` JupyterLite's kernel; `nothing` starts anew. */
export type Start = "lesson" | "notebook" | "grader" | "nothing";

export interface Ours {
  start?: Start;
  host?: Host;
  /** The person asked for few bytes: start from a smaller download, and make the image here for the next time. */
  saveData?: boolean;
  /** Hears how much of the engine has come, from 0 to 1. */
  progress?: (share: number) => void;
  /** The compiled module of an earlier start of this engine, and who hears of this one's. */
  module?: WebAssembly.Module | null;
  compiled?: (module: WebAssembly.Module) => void;
}

/** An image is kept when the learner's first output is there: writing it would slow that down. */
const KEEP_AFTER_MS = 3_000;

const SIGINT = 2;

const hosts = new WeakMap<Pyodide, Host>();

/** What this engine consists of. */
export const facts: Facts = ENGINE;

/** A running Pyodide. Rejects with a TypeError where a file could not be fetched. */
export async function loadPyodide(options: Ours & Options = {}): Promise<Pyodide> {
  const { start = "lesson", saveData = false, progress, module, compiled, ...theirs } = options;
  const host = { ...options.host ?? browserHost(ENGINE, import.meta.url) };
  delete theirs.host;
  const { compile } = host;
  host.compile = module ? () => Promise.resolve(module) : async () => {
    const made = await compile();
    compiled?.(made);
    return made;
  };
  const pyodide = await begin(start, host, saveData, progress, theirs);
  const { passerelleInterrupt } = globalThis as { passerelleInterrupt?: Uint8Array };
  if (passerelleInterrupt) letStop(pyodide, passerelleInterrupt);
  hosts.set(pyodide, host);
  return pyodide;
}

/** The image of a lesson, come before it is needed. */
let ahead: Promise<Image> | undefined;

/** Read what a start takes, the image only where it is kept or costs little; the start will find it there. */
export async function prepare({ saveData = false }: Ours = {}): Promise<void> {
  const host = browserHost(ENGINE, import.meta.url);
  if (!saveData) ahead = fetchImage(host, "lesson.img");
  await Promise.all([ahead, import(host.url("pyodide.mjs")), import(host.url("pyodide.asm.mjs"))]);
}

/** Let whoever holds the other end of some shared memory stop what runs, `time.sleep` included. */
function letStop(pyodide: Pyodide, interrupt: Uint8Array): void {
  setInterrupts(pyodide, interrupt);
  const never = new Int32Array(new SharedArrayBuffer(4));
  const pause = (seconds: number) => {
    Atomics.wait(never, 0, 0, seconds * 1000);
    return Atomics.exchange(interrupt, 0, 0) !== 0;
  };
  const again = () => interrupt.fill(SIGINT);
  pyodide.pyimport("passerelle_runtime.waiting").let_stop?.(pause, again);
}

/** Fetch what the first error will need; resolves to what then puts it into place, which takes half a second. */
export async function settle(pyodide: Pyodide): Promise<() => void> {
  await hosts.get(pyodide)?.prefetch?.("first.pack");
  return () => pyodide.pyimport("passerelle_runtime.images").settle?.();
}

async function begin(
  start: Start,
  host: Host,
  saveData: boolean,
  progress: Ours["progress"],
  options: Options,
): Promise<Pyodide> {
  const { packages: _inPlace, ...others } = options;
  if (start === "nothing") return await fromNothing(start, host, progress, others);
  try {
    const made = start === "lesson" ? await kept(ENGINE.hash) : null;
    if (made) return await fromImages(host, made.index.head, [Promise.resolve(made)], others);
    if (saveData && start === "lesson") return await fromNothing(start, host, progress, others, true);
    const images = [fetchImage(host, "lesson.img", progress)];
    if (start !== "lesson") images.push(fetchImage(host, `${start}.img`));
    return await fromImages(host, ENGINE.images[start].head, images, others);
  } catch (error) {
    if (error instanceof TypeError || host.image) throw error;
    console.error(error);
    await forget();
    return await fromNothing(start, host, progress, others);
  }
}

async function fetchImage(host: Host, name: Name, progress?: Ours["progress"]): Promise<Image> {
  if (host.image) return await host.image(name);
  if (name === "lesson.img" && ahead) {
    const come = ahead;
    ahead = undefined; // whoever asks keeps it
    const image = await come.catch(() => undefined); // asked for again
    if (image) return image;
  }
  return decode(await host.content(name, progress));
}

function parts(host: Host): Parts {
  return {
    loader: import(host.url("pyodide.mjs")),
    core: import(host.url("pyodide.asm.mjs")),
    module: host.compile(),
    ...(host.instantiate ? { instantiate: host.instantiate } : {}),
    staticBytes: ENGINE.staticBytes,
    lock: ENGINE.lock,
    packages: host.packages,
    stdlib: {
      size: ENGINE.files["python_stdlib.zip"].size,
      read: () => host.bytes("python_stdlib.zip"),
    },
  };
}

async function fromImages(host: Host, head: number[], images: Promise<Image>[], options: Options): Promise<Pyodide> {
  const pyodide = await restore(parts(host), head, images, options);
  lazyFiles(pyodide.FS, ENGINE.first, () => host.bytes("first.pack"));
  lazyFiles(pyodide.FS, ENGINE.rest, () => host.bytes("files.pack"));
  markLoaded(pyodide);
  return pyodide;
}

/** Start anew with what the image would have held, and keep an image of that when asked to. */
async function fromNothing(
  start: Start,
  host: Host,
  progress: Ours["progress"],
  options: Options,
  keepImage = false,
): Promise<Pyodide> {
  const coming = host.content("first.pack", progress);
  const how = keepImage ? { ...options, _makeSnapshot: true } : options;
  const { pyodide, fresh } = await startPlain(parts(host), host.response("python_stdlib.zip"), how);
  const first = new Uint8Array(await coming);
  lazyFiles(pyodide.FS, ENGINE.first, () => first);
  lazyFiles(pyodide.FS, ENGINE.rest, () => host.bytes("files.pack"));
  const images = pyodide.pyimport("passerelle_runtime.images");
  images.lesson?.();
  if (start === "notebook") images.notebook?.();
  if (keepImage) {
    const snapshot = pyodide.makeMemorySnapshot({ serializer: (value) => nameOf(value, pyodide._api) });
    setTimeout(() => keep(ENGINE.hash, encode(snapshot, fresh)), KEEP_AFTER_MS);
  }
  markLoaded(pyodide); // not before: Pyodide refuses a snapshot once its list of packages has changed
  return pyodide;
}

/** Let Pyodide know of the packages whose files are in place, so that it does not fetch them. */
function markLoaded(pyodide: Pyodide): void {
  for (const name of ENGINE.packages) pyodide.loadedPackages[name] = "image";
}
