/** Starts Pyodide with the shell that notebooks and the grader use too: from nothing, or from an image of an earlier start. */

import * as images from "./image.ts";
import type { Image } from "./image.ts";

export interface Loading {
  messageCallback: () => void;
  errorCallback: (message: string) => void;
}

export interface Shell {
  run(code: string): Promise<string>;
}

interface Runtime {
  Shell: { callKwargs(publish: (output: string) => void, options: { no_input: string }): Shell };
}

interface Files {
  mkdirTree(path: string): void;
  readdir(path: string): string[];
  stat(path: string): { mode: number };
  isDir(mode: number): boolean;
  readFile(path: string): Uint8Array<ArrayBuffer>;
  writeFile(path: string, content: Uint8Array, options: { canOwn: boolean }): void;
}

export interface Pyodide {
  FS: Files;
  loadedPackages: Record<string, string>;
  loadPackagesFromImports(code: string, options: Loading): Promise<unknown>;
  makeMemorySnapshot(): Uint8Array<ArrayBuffer>;
  pyimport(name: string): Runtime;
  runPython(code: string): string;
  setInterruptBuffer(buffer: Uint8Array): void;
  unpackArchive(archive: ArrayBuffer, format: "whl", options: { extractDir: string }): void;
}

interface Loader {
  loadPyodide(options: Record<string, unknown>): Promise<Pyodide>;
}

interface Core {
  default(settings: object): Promise<{ growMemory(bytes: number): void }>;
}

/** What is read of `pyodide-lock.json`. */
interface Lock {
  packages: Record<string, { file_name: string; depends: string[] }>;
}

const RUNTIME = "passerelle-runtime";
const SITE = "import sysconfig; sysconfig.get_path('purelib')";
/** An image is kept when the learner's first output is there: writing 37 MB would slow that down. */
const KEEP_AFTER_MS = 3_000;

/** Imports the shell and all that it needs, and leaves nothing else behind. */
const WARM_UP = `
import gc, passerelle_runtime
passerelle_runtime.Shell(lambda message: None).close()
del passerelle_runtime
gc.collect()
del gc
`;

/** Numbers must differ from start to start, and from learner to learner; memory holds the state of `random`. */
const RESEED = "import random; random.seed(); del random";

/**
 * A running Pyodide with the shell's packages in it.
 *
 * @param engine Address of the engine's folder, with a slash at the end.
 * @param fromNothing Called before a start that has to fetch everything.
 */
export async function start(engine: string, fromNothing: () => void): Promise<Pyodide> {
  const [lock, facts] = await Promise.all([fetched(`${engine}pyodide-lock.json`), fetched(`${engine}engine.json`)]);
  const { hash } = JSON.parse(facts) as { hash: string };
  const kept = await images.read(hash);
  if (kept) {
    try {
      return await restore(engine, lock, kept);
    } catch (error) {
      console.error(error);
      await images.forget();
    }
  }
  fromNothing();
  return await startFromNothing(engine, lock, hash);
}

export function openShell(pyodide: Pyodide, publish: (output: string) => void, noInput: string): Shell {
  return pyodide.pyimport("passerelle_runtime").Shell.callKwargs(publish, { no_input: noInput });
}

async function startFromNothing(engine: string, lock: string, hash: string): Promise<Pyodide> {
  const { packages: known } = JSON.parse(lock) as Lock;
  const packages = closure(known, RUNTIME);
  const wheels = Promise.all(packages.map((name) => fetchedBytes(engine + known[name]?.file_name)));
  const [pyodide, archives] = await Promise.all([load(engine, lock, { _makeSnapshot: true }), wheels]);
  const site = pyodide.runPython(SITE);
  // Not `loadPackage`: a snapshot is refused once Pyodide's own list of packages has changed.
  for (const archive of archives) pyodide.unpackArchive(archive, "whl", { extractDir: site });
  pyodide.runPython(WARM_UP);
  const image: Image = { snapshot: pyodide.makeMemorySnapshot(), packages, files: filesBelow(pyodide.FS, site) };
  setTimeout(() => images.keep(hash, image), KEEP_AFTER_MS);
  return ready(pyodide, packages);
}

async function restore(engine: string, lock: string, image: Image): Promise<Pyodide> {
  const pyodide = await load(engine, lock, { _loadSnapshot: image.snapshot });
  for (const [path, content] of image.files) {
    pyodide.FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
    pyodide.FS.writeFile(path, content, { canOwn: true });
  }
  return ready(pyodide, image.packages);
}

function ready(pyodide: Pyodide, packages: string[]): Pyodide {
  for (const name of packages) pyodide.loadedPackages[name] = RUNTIME;
  pyodide.runPython(RESEED);
  return pyodide;
}

async function load(
  engine: string,
  lock: string,
  how: { _makeSnapshot: true } | { _loadSnapshot: Uint8Array },
): Promise<Pyodide> {
  const [{ loadPyodide }, core] = await Promise.all([
    import(`${engine}pyodide.mjs`) as Promise<Loader>,
    import(`${engine}pyodide.asm.mjs`) as Promise<Core>,
  ]);
  return await loadPyodide({
    ...how,
    indexURL: engine,
    packageBaseUrl: engine,
    lockFileContents: lock,
    stdin: () => null,
    createPyodideModule: async (settings: object) => {
      const created = await core.default(settings);
      // A restore does not grow the memory by itself, and an image is larger than what Pyodide begins with.
      if ("_loadSnapshot" in how) created.growMemory(how._loadSnapshot.length);
      return created;
    },
  });
}

/** A package and all that it needs, each once. */
function closure(known: Lock["packages"], name: string, found: string[] = []): string[] {
  const entry = known[name];
  if (!entry || found.includes(name)) return found;
  found.push(name);
  for (const needed of entry.depends) closure(known, needed, found);
  return found;
}

function filesBelow(files: Files, folder: string): Image["files"] {
  return files.readdir(folder).filter((name) => name !== "." && name !== "..").flatMap((name) => {
    const path = `${folder}/${name}`;
    return files.isDir(files.stat(path).mode) ? filesBelow(files, path) : [[path, files.readFile(path)]];
  });
}

async function answered(address: string): Promise<Response> {
  const answer = await fetch(address);
  if (!answer.ok) throw new TypeError(`${address}: ${answer.status}`);
  return answer;
}

async function fetched(address: string): Promise<string> {
  return (await answered(address)).text();
}

async function fetchedBytes(address: string): Promise<ArrayBuffer> {
  return (await answered(address)).arrayBuffer();
}
