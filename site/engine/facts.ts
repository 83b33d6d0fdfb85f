/** What a built engine consists of; written into the engine's module by `lessons build`. */

export type Name =
  | "pyodide.mjs"
  | "pyodide.asm.mjs"
  | "pyodide.asm.wasm"
  | "python_stdlib.zip"
  | "lesson.img"
  | "notebook.img"
  | "grader.img"
  | "first.pack"
  | "files.pack";

export interface File {
  /** As it is published, with a part that stands for its content. */
  name: string;
  /** Bytes, not compressed. */
  size: number;
}

export interface ImageFacts {
  /** See `Index.head` in image.ts. */
  head: number[];
}

export interface Facts {
  /** sha256 over what the engine is made from. */
  hash: string;
  /** The grader's image is not published. */
  files: Record<Name, File>;
  /** `pyodide-lock.json`. */
  lock: string;
  /** Bytes at the beginning of memory that WebAssembly itself fills. */
  staticBytes: number;
  images: Record<"lesson" | "notebook" | "grader", ImageFacts>;
  /** Packages whose files are in `first.pack` and `files.pack`. */
  packages: string[];
  /** The files that running cells and explaining errors needs, as `first.pack` holds them. */
  first: Contents;
  /** All others, as `files.pack` holds them. */
  rest: Contents;
}

/** What an archive holds, which is the contents of files one after another. */
export type Contents = [path: string, size: number][];
