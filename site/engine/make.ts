/// <reference lib="deno.ns" />
/**
 * Makes the images of an engine and the archives of its packages' files. Run by build_scripts/images.py under Deno.
 *
 * Arguments: the engine's folder, and the folder to write into. Writes `lesson.img`, `notebook.img` and `grader.img`,
 * `first.pack`, `files.pack`, and `images.json`, which says what they hold (the part of `Facts` that is known here).
 */

import type { ImageFacts } from "./facts.ts";
import { decode, encode, memoryOf } from "./image.ts";
import { name as nameOf } from "./references.ts";
import { type Parts, type Pyodide, restore, startPlain } from "./start.ts";

interface Lock {
  packages: Record<string, { file_name: string; depends: string[] }>;
}

interface Unpacker extends Pyodide {
  FS: Pyodide["FS"] & {
    readdir(path: string): string[];
    stat(path: string): { mode: number };
    isDir(mode: number): boolean;
    readFile(path: string): Uint8Array;
  };
  unpackArchive(archive: ArrayBuffer, format: "whl", options: { extractDir: string }): void;
}

type Entries = [path: string, content: Uint8Array][];

const LESSON = ["passerelle-runtime"];
const NOTEBOOK = ["micropip", "piplite", "ipykernel", "comm", "pyodide-kernel", "ipython"];
/** Listed as needed by the kernel, which starts without: they come when completion is asked for. */
const LATER = new Set(["jedi", "parso", "prompt-toolkit", "wcwidth"]);
const SITE = "/lib/python3.14/site-packages";
/** Memory that WebAssembly fills ends before this: looked for from here downwards. */
const WASM_PAGE = 65_536;
const NOT_NEEDED = /\/(tests?|testing\/(?!__init__|skipdoctest)|locale)\/|\.(pyi|js|css|html|md|rst|png)$|\/py\.typed$/;
/** What starting and explaining an error read besides modules that stay imported. */
const READ_TOO =
  /\/(entry_points\.txt|pygments\/styles\/default\.py|themes\/neutral-posix\.json|profile\/README_STARTUP)$/;

const deno = Deno;
const [engine = "", into = ""] = deno.args;
const read = (name: string) => deno.readFileSync(`${engine}/${name}`);

/** Let Pyodide take this for a web worker, since it asks where it is, and the images come to life in one. */
function pretendWorker(): void {
  for (const name of ["Deno", "process"]) Reflect.deleteProperty(globalThis, name);
  class WorkerGlobalScope {
    static [Symbol.hasInstance](value: unknown): boolean {
      return value === globalThis;
    }
  }
  Object.assign(globalThis, { WorkerGlobalScope });
}

pretendWorker();
const lock = new TextDecoder().decode(read("pyodide-lock.json"));
const { packages: known }: Lock = JSON.parse(lock);
const wasm = WebAssembly.compile(read("pyodide.asm.wasm"));
const stdlib = read("python_stdlib.zip");
const options = { env: { HOME: "/home/pyodide", PYTHONINSPECT: "1" }, _makeSnapshot: true };

function closure(names: string[], found: string[] = []): string[] {
  for (const name of names) {
    if (found.includes(name) || LATER.has(name) || !known[name]) continue;
    found.push(name);
    closure(known[name].depends, found);
  }
  return found;
}

function parts(staticBytes: number): Parts {
  return {
    loader: import(`file://${engine}/pyodide.mjs`),
    core: import(`file://${engine}/pyodide.asm.mjs`),
    module: wasm,
    staticBytes,
    lock,
    packages: engine,
    stdlib: { size: stdlib.length, read: () => stdlib },
  };
}

function unpack(pyodide: Unpacker, names: string[]): void {
  for (const name of names) {
    const wheel = read(known[name]?.file_name ?? "");
    // Not `loadPackage`: a snapshot is refused once Pyodide's own list of packages has changed.
    pyodide.unpackArchive(wheel.buffer, "whl", { extractDir: SITE });
  }
}

function filesBelow(pyodide: Unpacker, folder: string): Entries {
  return pyodide.FS.readdir(folder).filter((name) => name !== "." && name !== "..").sort().flatMap((name): Entries => {
    const path = `${folder}/${name}`;
    if (pyodide.FS.isDir(pyodide.FS.stat(path).mode)) return name === "__pycache__" ? [] : filesBelow(pyodide, path);
    return NOT_NEEDED.test(path) ? [] : [[path, pyodide.FS.readFile(path)]];
  });
}

function pack(name: string, entries: Entries): [string, number][] {
  const bytes = new Uint8Array(entries.reduce((sum, [, content]) => sum + content.length, 0));
  let at = 0;
  for (const [, content] of entries) {
    bytes.set(content, at);
    at += content.length;
  }
  deno.writeFileSync(`${into}/${name}`, bytes);
  return entries.map(([path, content]) => [path, content.length]);
}

function snapshot(pyodide: Pyodide): Uint8Array<ArrayBuffer> {
  pyodide.pyimport("passerelle_runtime.images").tidy?.();
  pyodide.runPython("import gc; gc.collect(); del gc");
  return pyodide.makeMemorySnapshot({ serializer: (value) => nameOf(value, pyodide._api) });
}

/** Files of modules that are imported: what a start from nothing needs. */
function imported(pyodide: Pyodide): Set<string> {
  const paths = pyodide.runPython(
    "import sys, json; json.dumps([m.__file__ for m in list(sys.modules.values()) if getattr(m, '__file__', None)])",
  );
  pyodide.runPython("del sys, json");
  return new Set(JSON.parse(String(paths)));
}

function lastByte(memory: Uint8Array): number {
  let at = memory.length;
  while (at > 0 && memory[at - 1] === 0) at--;
  return Math.ceil(at / WASM_PAGE) * WASM_PAGE;
}

const packages = closure([...LESSON, ...NOTEBOOK]);
const plain = await startPlain(parts(Infinity), Promise.resolve(new Response(stdlib)), options);
const pyodide = plain.pyodide as Unpacker;
const fresh = plain.fresh.slice(0, lastByte(plain.fresh));
unpack(pyodide, packages);
pyodide.pyimport("passerelle_runtime.images").lesson?.();
const lessonSnapshot = snapshot(pyodide);
const lesson = encode(lessonSnapshot, fresh);
const files = filesBelow(pyodide, SITE);
pyodide.pyimport("passerelle_runtime.images").settle?.();
const modules = imported(pyodide);
const needed = (path: string) => modules.has(path) || READ_TOO.test(path);

const { head } = decode(lesson.buffer).index;

/** Go on from the lesson's image, write what differs then, and return what the engine has to know of it. */
async function goOn(name: "notebook" | "grader"): Promise<ImageFacts> {
  const restored = await restore(parts(fresh.length), head, [Promise.resolve(decode(lesson.buffer))], options);
  for (const [path, content] of files) {
    restored.FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
    restored.FS.writeFile(path, content);
  }
  restored.pyimport("passerelle_runtime.images")[name]?.();
  const image = encode(snapshot(restored), memoryOf(lessonSnapshot));
  deno.writeFileSync(`${into}/${name}.img`, image);
  return { head: decode(image.buffer).index.head };
}

deno.writeFileSync(`${into}/lesson.img`, lesson);
const facts = {
  staticBytes: fresh.length,
  images: { lesson: { head }, notebook: await goOn("notebook"), grader: await goOn("grader") },
  packages,
  first: pack("first.pack", files.filter(([path]) => needed(path))),
  rest: pack("files.pack", files.filter(([path]) => !needed(path))),
};
deno.writeTextFileSync(`${into}/images.json`, JSON.stringify(facts));
deno.exit(0); // Pyodide keeps the event loop alive
