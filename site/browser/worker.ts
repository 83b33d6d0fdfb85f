/** The worker of a page's cells: Pyodide from our own engine, and the shell that notebooks and the grader use too. */

import { forget } from "./image.ts";
import type { FromWorker, Output, ToWorker } from "./protocol.ts";
import { openShell, type Pyodide, type Shell, start } from "./python.ts";

interface Answer {
  status: "ok" | "error";
  ename?: string;
}

/** At most so often does the page hear of arriving bytes. */
const PROGRESS_EVERY_MS = 100;
/** What the engine's files shrink to on the network, about, where a host compresses them. */
const PACKED = 0.4;

let started: Promise<[Pyodide, Shell]> | undefined;
let running = 0;

function post(message: FromWorker): void {
  self.postMessage(message);
}

/** Let every fetch of this worker tell the page how many bytes have come over the network. */
function countBytes(): void {
  const plain = self.fetch.bind(self);
  let bytes = 0;
  let told = 0;
  self.fetch = async (input, options) => {
    const answer = await plain(input, options);
    if (!answer.ok || !answer.body) return answer;
    const packed = answer.headers.has("content-encoding");
    const length = packed && Number(answer.headers.get("content-length")) || Infinity;
    let here = 0;
    const count = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, out) {
        const part = Math.min(packed ? chunk.byteLength * PACKED : chunk.byteLength, length - here);
        here += part;
        bytes += part;
        out.enqueue(chunk);
        const now = performance.now();
        if (now - told < PROGRESS_EVERY_MS) return;
        told = now;
        post({ type: "progress", bytes });
      },
      flush() {
        if (length < Infinity) bytes += length - here;
      },
    });
    const { status, statusText, headers } = answer;
    return new Response(answer.body.pipeThrough(count), { status, statusText, headers });
  };
}

async function open(engine: string, noInput: string, interrupt: Uint8Array | null): Promise<[Pyodide, Shell]> {
  const pyodide = await start(engine, countBytes);
  if (interrupt) pyodide.setInterruptBuffer(interrupt);
  const publish = (output: string) => post({ type: "output", id: running, output: JSON.parse(output) as Output });
  return [pyodide, openShell(pyodide, publish, noInput)];
}

async function run(id: number, code: string): Promise<void> {
  if (!started) return;
  const [pyodide, shell] = await started;
  running = id;
  post({ type: "started", id });
  const missing = (text: string) =>
    post({ type: "output", id, output: { output_type: "stream", name: "stderr", text: `${text}\n` } });
  await pyodide.loadPackagesFromImports(code, { messageCallback: () => {}, errorCallback: missing })
    .catch((error) => missing(String(error)));
  const answer = JSON.parse(await shell.run(code)) as Answer;
  post({ type: "done", id, status: answer.status, ename: answer.ename ?? "" });
}

function described(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

function failToStart(error: unknown): void {
  const detail = described(error);
  const network = error instanceof TypeError || /fetch|network|import/i.test(detail) || !navigator.onLine;
  post({ type: "failed", reason: network ? "network" : "engine", detail });
}

function failToRun(error: unknown): void {
  void forget(); // the next start shall not bring back what ended this one
  post({ type: "failed", reason: "engine", detail: described(error) });
}

let turn: Promise<void> = Promise.resolve();

self.onmessage = (event: MessageEvent<ToWorker>) => {
  const message = event.data;
  if (message.type === "start") {
    started = open(message.engine, message.noInput, message.interrupt);
    started.then(() => post({ type: "ready" }), failToStart);
  } else {
    const { id, code } = message;
    turn = turn.then(() => run(id, code)).catch(failToRun);
  }
};
