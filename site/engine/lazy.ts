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
  lookupPath(path: string): { node: Folder };
  analyzePath(path: string): { exists: boolean };
}

interface Folder {
  node_ops: { mknod(parent: Folder, name: string, mode: number, device: number): Node };
}

const REGULAR = 0o100644;

/** A file of `size` bytes whose content `read` returns when it is needed for the first time. */
export function lazyFile(files: Files, path: string, size: number, read: () => Uint8Array): void {
  fill(files.mknod(path, REGULAR, 0), size, read);
}

function fill(node: Node, size: number, read: () => Uint8Array): void {
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
  let place = "";
  let folder: Folder | undefined;
  for (const [path, size] of contents) {
    const start = at;
    at += size;
    const end = path.lastIndexOf("/");
    if (!folder || path.slice(0, end) !== place) {
      files.mkdirTree(place = path.slice(0, end));
      folder = files.lookupPath(place).node;
    }
    // Not by its path, which would be looked up from the root: that takes longer than all the rest.
    const node = folder.node_ops.mknod(folder, path.slice(end + 1), REGULAR, 0);
    fill(node, size, () => (archive ??= read()).slice(start, start + size));
  }
}
