/** Commands from the parent process, and reports to it. */

import type { Cell } from "./protocol.ts";

/** What one command may weigh; a hand-in has at most 50 MiB. */
const MAX_BYTES = 256 * 1024 * 1024;

export type Bytes = Uint8Array<ArrayBuffer>;

export type Command =
  & { blobs: Bytes[] }
  & (
    | { type: "hello"; key: string }
    | { type: "wheel"; name: string }
    | {
      type: "run";
      cells: Cell[];
      files: string[];
      cell_s: number;
      notebook_s: number;
      output_bytes: number;
    }
  );

export type Report =
  | { type: "ready" }
  | { type: "need"; name: string }
  | { type: "prepared" }
  | {
    type: "done";
    cell: number;
    outputs: string[];
    cut: boolean;
    interrupted: boolean;
    result: string;
    profile: string | null;
  }
  | {
    type: "end";
    reason: "finished" | "timeout" | "notebook-timeout" | "killed" | "failed";
    cell: number;
    outputs: string[];
    cut: boolean;
    detail: string;
  };

/**
 * Yields the commands on a stream until it ends. A frame is the length of a JSON header (32 bits, big end first), the
 * header, and the blobs whose sizes stand in its field `sizes`.
 */
export async function* frames(stream: ReadableStream<Bytes>): AsyncGenerator<Command> {
  const chunks = stream.getReader();
  let held: Bytes = new Uint8Array();

  async function take(size: number): Promise<Bytes | null> {
    if (size > MAX_BYTES) throw new RangeError(`a command of ${size} bytes`);
    const parts: Bytes[] = [held];
    let length = held.length;
    while (length < size) {
      const { done, value } = await chunks.read();
      if (done) return null;
      parts.push(value);
      length += value.length;
    }
    if (parts.length > 1) {
      held = new Uint8Array(length);
      let offset = 0;
      for (const part of parts) {
        held.set(part, offset);
        offset += part.length;
      }
    }
    const taken = held.slice(0, size);
    held = held.subarray(size);
    return taken;
  }

  const decoder = new TextDecoder();
  while (true) {
    const prefix = await take(4);
    const header = prefix && await take(new DataView(prefix.buffer).getUint32(0));
    if (!header) return;
    const { sizes, ...command } = JSON.parse(decoder.decode(header));
    const blobs: Bytes[] = [];
    for (const size of sizes) {
      const blob = await take(size);
      if (!blob) return;
      blobs.push(blob);
    }
    yield { ...command, blobs };
  }
}

/** Writes reports, one a line: `<sum> <number> <JSON>`, the sum over number and JSON, so that none can be made up, repeated or moved. */
export class Reporter {
  #number = 0;
  #last: Promise<void> = Promise.resolve();
  readonly #encoder = new TextEncoder();
  readonly #key: CryptoKey;

  private constructor(key: CryptoKey) {
    this.#key = key;
  }

  static async withKey(hex: string): Promise<Reporter> {
    const bytes = Uint8Array.fromHex(hex);
    return new Reporter(
      await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]),
    );
  }

  say(report: Report): Promise<void> {
    const body = `${this.#number++} ${JSON.stringify(report)}`;
    this.#last = this.#last.then(() => this.#write(body));
    return this.#last;
  }

  async #write(body: string): Promise<void> {
    const sum = await crypto.subtle.sign("HMAC", this.#key, this.#encoder.encode(body));
    // A line of its own, whatever stands before it.
    let line = this.#encoder.encode(`\n${new Uint8Array(sum).toHex()} ${body}\n`);
    while (line.length > 0) line = line.subarray(await Deno.stdout.write(line));
  }
}
