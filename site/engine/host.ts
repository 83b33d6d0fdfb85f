/** Where the engine's files come from: in a browser, from the folder in which the engine's module lies; the grader has a host of its own. */

import { gunzipSync } from "fflate";
import type { Facts, Name } from "./facts.ts";
import type { Image } from "./image.ts";

const WASM = "application/wasm";

export interface Host {
  /** The address of a script. */
  url(name: Name): string;
  /** The address below which the lock's packages are. */
  packages: string;
  /** The file, decompressed. Rejects with a TypeError. */
  response(name: Name): Promise<Response>;
  /** The file's bytes; `share` hears how much of it has come, from 0 to 1. Rejects with a TypeError. */
  content(name: Name, share?: (share: number) => void): Promise<ArrayBuffer>;
  /** The file at once: Python waits for it. */
  bytes(name: Name): Uint8Array<ArrayBuffer>;
  /** Makes the instance, from imports that it may change. */
  instantiate?(module: WebAssembly.Module, imports: WebAssembly.Imports): Promise<WebAssembly.Instance>;
  /** An image that is in memory already. */
  image?(name: Name): Promise<Image>;
  /** Fetch a file that Python may need at once later. */
  prefetch?(name: Name): Promise<void>;
  /** The engine's WebAssembly, compiled. */
  compile(): Promise<WebAssembly.Module>;
}

/**
 * The files over the network, compressed on every host: where the server does not compress, the `.gz` beside a file is
 * fetched and decompressed here.
 */
export function browserHost(facts: Facts, module: string): Host {
  const address = (name: Name) => new URL(facts.files[name].name, module).href;
  const ahead = new Map<Name, Uint8Array<ArrayBuffer>>();
  let bare = false;

  async function response(name: Name): Promise<Response> {
    if (!bare) {
      const stop = new AbortController();
      const answer = await fetched(address(name), stop.signal);
      if (!comesBare(answer, facts.files[name].size)) return answer;
      stop.abort();
      bare = true;
    }
    const packed = await fetched(`${address(name)}.gz`);
    const body = packed.body?.pipeThrough(new DecompressionStream("gzip"));
    const type = name.endsWith(".wasm") ? WASM : "application/octet-stream";
    return new Response(body, { headers: { "content-type": type } });
  }

  async function content(name: Name, share?: (share: number) => void): Promise<ArrayBuffer> {
    const answer = await response(name);
    return share && answer.body
      ? await counted(answer.body, facts.files[name].size, share)
      : await answer.arrayBuffer();
  }

  /** Compiles what comes while it comes, where the server says what it is. */
  async function compile(): Promise<WebAssembly.Module> {
    const answer = await response("pyodide.asm.wasm");
    return answer.headers.get("content-type") === WASM
      ? await WebAssembly.compileStreaming(answer)
      : await WebAssembly.compile(await answer.arrayBuffer());
  }

  async function prefetch(name: Name): Promise<void> {
    ahead.set(name, new Uint8Array(await content(name)));
  }

  function bytes(name: Name): Uint8Array<ArrayBuffer> {
    const there = ahead.get(name);
    ahead.delete(name); // whoever asks keeps it
    if (there) return there;
    const request = new XMLHttpRequest();
    request.open("GET", bare ? `${address(name)}.gz` : address(name), false);
    request.responseType = "arraybuffer";
    request.send();
    if (request.status !== 200) throw new TypeError(`${address(name)}: ${request.status}`);
    const came = new Uint8Array(request.response as ArrayBuffer);
    return bare ? gunzipSync(came) as Uint8Array<ArrayBuffer> : came;
  }

  return { url: address, packages: new URL(".", module).href, response, content, bytes, compile, prefetch };
}

async function fetched(address: string, signal?: AbortSignal): Promise<Response> {
  const answer = await fetch(address, signal ? { signal } : {});
  if (!answer.ok) throw new TypeError(`${address}: ${answer.status}`);
  return answer;
}

/** Whether a server sends a file as large as it is; what our service worker kept is as large, and costs nothing. */
function comesBare({ headers }: Response, size: number): boolean {
  if (headers.has("content-encoding") || headers.has("passerelle-kept")) return false;
  return Number(headers.get("content-length")) === size;
}

/** All that comes, of which the size is known; a pipe that counts would cost a start a twentieth of its time. */
async function counted(
  body: ReadableStream<Uint8Array>,
  size: number,
  share: (share: number) => void,
): Promise<ArrayBuffer> {
  const all = new Uint8Array(size);
  let bytes = 0;
  const reader = body.getReader();
  for (let { done, value } = await reader.read(); !done && value; { done, value } = await reader.read()) {
    if (bytes + value.length > size) throw new RangeError("more came than was expected");
    all.set(value, bytes);
    bytes += value.length;
    share(bytes / size);
  }
  return bytes < size ? all.buffer.slice(0, bytes) : all.buffer;
}
