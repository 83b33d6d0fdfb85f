/**
 * The files of JupyterLite in this browser, read and written while its page is not open.
 *
 * Source: jupyterlite 0.8.6, packages/services/src/contents/drive.ts: localForage over IndexedDB, store `files`, path → model.
 */

import { isNotebook, type Notebook } from "./notebook.ts";
import type { Model } from "./work.ts";

/** `contentsStorageName` in site/lite/jupyter-lite.json: never rename it, people's files are under this name. */
const DATABASE = "passerelle-notebooks";
const STORE = "files";

/** Whether this browser keeps what we write. */
export async function keeps(): Promise<boolean> {
  const name = "passerelle-probe";
  try {
    const database = await promised(indexedDB.open(name));
    database.close();
    indexedDB.deleteDatabase(name);
    return true;
  } catch {
    return false;
  }
}

/** The learner's copy of a notebook; null when there is none or it is no notebook. */
export async function read(path: string): Promise<Notebook | null> {
  const model = await transact<Model | undefined>("readonly", (files) => files.get(path));
  return isNotebook(model?.content) ? model.content : null;
}

/** Paths that begin with `prefix`, the newest first. */
export async function list(prefix: string): Promise<string[]> {
  const range = IDBKeyRange.bound(prefix, prefix + "\uffff");
  const models = await transact<Model[]>("readonly", (files) => files.getAll(range));
  const newest = (models ?? []).sort((one, other) => other.last_modified.localeCompare(one.last_modified));
  return newest.map((model) => model.path);
}

/** All files, as JupyterLite keeps them. */
export async function models(): Promise<Model[]> {
  return await transact<Model[]>("readonly", (files) => files.getAll()) ?? [];
}

/** Put a file there, over one of the same path; JupyterLite's place for files is made when it was never opened here. */
export async function put(model: Model): Promise<void> {
  const request = indexedDB.open(DATABASE);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  const database = await promised(request);
  try {
    await promised(database.transaction(STORE, "readwrite").objectStore(STORE).put(model, model.path));
  } finally {
    database.close();
  }
}

/** Forget the learner's copy: the published notebook shows again. */
export async function forget(path: string): Promise<void> {
  await transact("readwrite", (files) => files.delete(path));
}

/** How the names of a notebook's copies begin. */
export function copyPrefix(path: string): string {
  return `${path.replace(/\.ipynb$/, "")}-copy-`;
}

/** A name beside the notebook that says when: `variables-copy-2026-11-23-14h05m09.ipynb`. */
export function copyPath(path: string, moment: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  const day = [moment.getFullYear(), two(moment.getMonth() + 1), two(moment.getDate())].join("-");
  const time = `${two(moment.getHours())}h${two(moment.getMinutes())}m${two(moment.getSeconds())}`;
  return `${copyPrefix(path)}${day}-${time}.ipynb`;
}

async function transact<Result>(
  mode: IDBTransactionMode,
  act: (files: IDBObjectStore) => IDBRequest,
): Promise<Result | null> {
  const database = await existing();
  if (!database) return null;
  try {
    if (!database.objectStoreNames.contains(STORE)) return null;
    return await promised<Result>(act(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

/** The database if JupyterLite made it already; opening it otherwise would leave one without stores behind. */
async function existing(): Promise<IDBDatabase | null> {
  const request = indexedDB.open(DATABASE);
  request.onupgradeneeded = () => request.transaction?.abort();
  try {
    return await promised(request);
  } catch {
    return null;
  }
}

export function promised<Result>(request: IDBRequest): Promise<Result>;
export function promised(request: IDBOpenDBRequest): Promise<IDBDatabase>;
export function promised(request: IDBRequest): Promise<unknown> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
