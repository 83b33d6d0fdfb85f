/** Files whose content comes when somebody reads it. */

import type { Contents } from "./facts.ts";

interface Node {
  contents: Uint8Array;
  usedBytes: number;
}

export interface Files {
  mkdirTree(path: string): void;
  mknod(path: string, mode: number, device: number): Node;
  unlink(path: string): void;
  analyzePath(path: string): { exists: boolean };
}

const REGULAR = 0o100644;

/** A file of `size` bytes whose content `read` returns when it is needed for the first time. */
export function lazyFile(files: Files, path: string, size: number, read: () => Uint8Array): void {
  const node = files.mknod(path, REGULAR, 0);
  node.usedBytes = size;
  Object.defineProperty(node, "contents", {
    configurable: true,
    enumerable: true,
    get: () => (node.contents = read()),
    set: (contents: Uint8Array) =>
      Object.defineProperty(node, "contents", { value: contents, writable: true, enumerable: true }),
  });
}

/** Many files out of one archive; `read` returns it, and is called once at most. */
export function lazyFiles(files: Files, contents: Contents, read: () => Uint8Array): void {
  let archive: Uint8Array | undefined;
  let at = 0;
  let folder = "";
  for (const [path, size] of contents) {
    const start = at;
    at += size;
    const parent = path.slice(0, path.lastIndexOf("/"));
    if (parent !== folder) files.mkdirTree(folder = parent);
    lazyFile(files, path, size, () => (archive ??= read()).slice(start, start + size));
  }
}
