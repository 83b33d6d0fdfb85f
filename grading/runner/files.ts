/** The files of an interpreter that serves many notebooks: its own cannot be changed, a notebook's are gone with it. */

/** Folders in which a notebook may write. */
const WRITABLE = ["/home/pyodide", "/tmp"];
const READ_ONLY = 69; // EROFS

interface Mount {
  mountpoint: string;
}

interface Node {
  mount: Mount;
}

interface Stream {
  fd: number;
  flags: number;
}

type Operation = (this: unknown, ...given: unknown[]) => unknown;
type Table = Record<"node" | "stream", Record<string, Operation>>;

interface Device {
  open(): void;
  close(): void;
  read(stream: unknown, into: Uint8Array, offset: number, length: number): number;
  write(stream: unknown, from: Uint8Array, offset: number, length: number): number;
}

/** What we use of Emscripten's file system. Source: Emscripten, src/lib/libfs.js and libmemfs.js. */
export interface FileSystem {
  filesystems: { MEMFS: { ops_table: Record<"dir" | "file" | "link" | "chrdev", Table> } };
  streams: (Stream | null | undefined)[];
  ErrnoError: new (number: number) => Error;
  root: Node;
  mkdirTree(path: string): void;
  writeFile(path: string, content: Uint8Array): void;
  chdir(path: string): void;
  close(stream: Stream): void;
  mount(kind: unknown, options: object, path: string): void;
  unmount(path: string): void;
  makedev(major: number, minor: number): number;
  registerDevice(device: number, operations: Device): void;
  mkdev(path: string, device: number): void;
}

const NODE_CHANGES = ["setattr", "mknod", "rename", "unlink", "rmdir", "symlink"];
const STREAM_CHANGES = ["write", "msync"];
const MAJOR = 64;

export class Files {
  /** Learner code runs: what is not in a writable folder stays as it is. */
  locked = false;
  /** Streams that are open before learner code has run, and their flags. */
  #open: [Stream | null | undefined, number | undefined][] = [];

  constructor(private readonly fs: FileSystem) {
    const { MEMFS } = fs.filesystems;
    for (const table of Object.values(MEMFS.ops_table)) {
      if (table.node) this.#protect(table.node, NODE_CHANGES, (given) => given.slice(0, 2));
      if (table.stream) this.#protect(table.stream, STREAM_CHANGES, ([stream]) => [(stream as { node: Node }).node]);
    }
    for (const folder of WRITABLE) {
      fs.mkdirTree(folder);
      fs.mount(MEMFS, {}, folder);
    }
  }

  /** A file that is a conversation: `read` gives what it holds now, `write` takes what is said. */
  device(path: string, read: () => Uint8Array, write: (said: Uint8Array) => void): void {
    const number = this.fs.makedev(MAJOR, 0);
    this.fs.registerDevice(number, {
      open: () => {},
      close: () => {},
      read: (_, into, offset, length) => {
        const bytes = read().subarray(0, length);
        into.set(bytes, offset);
        return bytes.length;
      },
      write: (_, from, offset, length) => {
        write(from.slice(offset, offset + length));
        return length;
      },
    });
    this.fs.mkdev(path, number);
  }

  /** What is open now is what a notebook begins with. */
  settle(): void {
    this.#open = this.fs.streams.map((stream) => [stream, stream?.flags]);
  }

  /** Whether the streams that were open before learner code ran are as they were. */
  get intact(): boolean {
    return this.#open.every(([stream, flags], fd) => this.fs.streams[fd] === stream && stream?.flags === flags);
  }

  /** Put a notebook's files away, and those in place that come with the next one. */
  reset(files: Map<string, Uint8Array>): void {
    const { fs } = this;
    for (const stream of fs.streams.slice(this.#open.length)) if (stream) fs.close(stream);
    for (const folder of WRITABLE) {
      fs.unmount(folder);
      fs.mount(fs.filesystems.MEMFS, {}, folder);
    }
    const [home = ""] = WRITABLE;
    fs.chdir(home);
    for (const [path, content] of files) {
      fs.mkdirTree(`${home}/${path}`.slice(0, -(path.split("/").at(-1) ?? "").length - 1));
      fs.writeFile(`${home}/${path}`, content);
    }
  }

  #protect(table: Record<string, Operation>, names: string[], touched: (given: unknown[]) => unknown[]): void {
    for (const name of names) {
      const original = table[name];
      if (!original) continue;
      table[name] = (...given) => {
        if (this.locked) this.#refuse(touched(given));
        return original(...given);
      };
    }
  }

  /** Refuse to change what belongs to the interpreter. */
  #refuse(nodes: unknown[]): void {
    const ours = this.fs.root.mount;
    if (nodes.some((node) => (node as Partial<Node>).mount === ours)) throw new this.fs.ErrnoError(READ_ONLY);
  }
}
