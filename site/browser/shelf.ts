/**
 * The kept files in Cache Storage: one shelf for all versions, each file under its path and its hash.
 *
 * Versions that share a file share its bytes; a version is nothing but a list.
 */

import { isolated } from "./isolate.ts";
import { addressOf, byPath, type List, type Listed } from "./list.ts";

export type Outcome = "kept" | "full" | "offline" | "changed";

/** What of an answer is worth keeping; the rest tells about a transfer that is over. */
const HEADERS = ["content-type", "content-security-policy", "referrer-policy", "x-content-type-options"];
const HASH_CHARACTERS = 16;

export class Shelf {
  private readonly cache: Promise<Cache>;
  private readonly underWay = new Map<string, Promise<Outcome>>();

  /** `root`: the site's address, with a slash at the end; two sites of one origin do not meet. */
  constructor(readonly root: string) {
    this.cache = caches.open(`passerelle-site ${new URL(root).pathname}`);
  }

  /** The files of a version, which its list tells; the list stays on the shelf. */
  async list(version: string): Promise<Map<string, Listed>> {
    const cache = await this.cache;
    const address = `${this.root}offline/${version}.json`;
    let answer = await cache.match(address);
    if (!answer) {
      const fresh = await fetch(address, { cache: "no-cache" });
      if (!fresh.ok) throw new Error(`${address} answers ${fresh.status}`);
      answer = fresh.clone();
      await cache.put(address, fresh).catch(() => undefined); // full: the list is asked for again next time
    }
    return byPath(await answer.json() as List);
  }

  async get(file: Listed): Promise<Response | undefined> {
    return await (await this.cache).match(this.key(file));
  }

  /** Keys of all kept files. */
  async keys(): Promise<Set<string>> {
    return new Set((await (await this.cache).keys()).map((request) => request.url));
  }

  key(file: Listed): string {
    return `${addressOf(file.path, this.root)}?${file.hash}`;
  }

  /** Paths of kept files of any version. */
  async paths(): Promise<string[]> {
    const paths = [...await this.keys()].map((key) => decodeURIComponent(new URL(key).href.slice(this.root.length)));
    return paths.filter((path) => path.includes("?")).map((path) => {
      const [plain = ""] = path.split("?");
      return plain === "" || plain.endsWith("/") ? `${plain}index.html` : plain;
    });
  }

  /** Put a file on the shelf when the bytes are those of the list. */
  async put(file: Listed, answer: Response): Promise<Outcome> {
    let bytes: ArrayBuffer;
    try {
      bytes = await answer.arrayBuffer();
    } catch {
      return "offline";
    }
    if (!answer.ok || await hash(bytes) !== file.hash) return "changed";
    try {
      await (await this.cache).put(this.key(file), isolated(clean(bytes, answer)));
      return "kept";
    } catch {
      return "full";
    }
  }

  /** Fetch a file that is not kept yet, and keep it; `cache` says how far the browser's own cache may answer. */
  fetch(file: Listed, cache: RequestCache): Promise<Outcome> {
    const key = this.key(file);
    const waiting = this.underWay.get(key);
    if (waiting) return waiting;
    const work = this.fetchOnce(file, cache).finally(() => this.underWay.delete(key));
    this.underWay.set(key, work);
    return work;
  }

  private async fetchOnce(file: Listed, cache: RequestCache): Promise<Outcome> {
    if (await this.get(file)) return "kept";
    let outcome: Outcome = "changed";
    for (const mode of new Set<RequestCache>([cache, "no-cache"])) {
      try {
        outcome = await this.put(file, await download(file, addressOf(file.path, this.root), mode));
      } catch {
        return "offline";
      }
      if (outcome !== "changed") break; // an old copy in the browser's own cache is no news from the site
    }
    return outcome;
  }

  /** Drop everything that a version does not list. */
  async prune(version: string, files: Map<string, Listed>): Promise<void> {
    const cache = await this.cache;
    const wanted = new Set([...files.values()].map((file) => this.key(file)));
    wanted.add(`${this.root}offline/${version}.json`);
    for (const request of await cache.keys()) if (!wanted.has(request.url)) await cache.delete(request);
  }
}

/** Whether a host sends a file as large as it is although it lies there compressed, too. */
export function comesBare(answer: Response, file: Listed): boolean {
  const whole = Number(answer.headers.get("content-length")) === file.size;
  return file.packed > 0 && whole && !answer.headers.has("content-encoding");
}

/** The file whose `.gz` an answer is. */
export function unpacked(answer: Response, file: Listed): Response {
  const type = file.path.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
  const headers = { "content-type": file.path.endsWith("js") ? "text/javascript" : type };
  return new Response(answer.body?.pipeThrough(new DecompressionStream("gzip")), { status: answer.status, headers });
}

/** Fetch a file, compressed on every host. */
async function download(file: Listed, address: string, cache: RequestCache): Promise<Response> {
  const stop = new AbortController();
  const answer = await fetch(address, { cache, signal: stop.signal });
  if (!comesBare(answer, file)) return answer;
  stop.abort();
  return unpacked(await fetch(`${address}.gz`, { cache }), file);
}

/** The bytes as an answer of their own: decoded, and without what its transfer said. */
function clean(bytes: ArrayBuffer, answer: Response): Response {
  const headers = new Headers();
  for (const name of HEADERS) {
    const value = answer.headers.get(name);
    if (value) headers.set(name, value);
  }
  headers.set("content-length", String(bytes.byteLength));
  headers.set("passerelle-kept", "1"); // tells the engine that these bytes come from no server
  return new Response(bytes, { headers });
}

async function hash(bytes: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const text = btoa(String.fromCharCode(...digest));
  return text.slice(0, HASH_CHARACTERS).replaceAll("+", "-").replaceAll("/", "_");
}
