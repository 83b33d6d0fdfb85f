/** The worker of a page's cells: Pyodide from our own engine, and the shell that notebooks and the grader use too. */

import type { FromWorker, Output, ToWorker } from "./protocol.ts";

interface Shell {
  run(code: string): Promise<string>;
}

interface Runtime {
  Shell: { callKwargs(publish: (output: string) => void, options: { no_input: string }): Shell };
}

interface Loading {
  messageCallback: () => void;
  errorCallback: (message: string) => void;
}

interface Pyodide {
  loadPackagesFromImports(code: string, options: Loading): Promise<unknown>;
  pyimport(name: string): Runtime;
  setInterruptBuffer(buffer: Uint8Array): void;
}

interface Loader {
  loadPyodide(options: Record<string, unknown>): Promise<Pyodide>;
}

interface Answer {
  status: "ok" | "error";
  ename?: string;
}

/** At most so often does the page hear of arriving bytes. */
const PROGRESS_EVERY_MS = 100;

let started: Promise<[Pyodide, Shell]> | undefined;
let running = 0;

function post(message: FromWorker): void {
  self.postMessage(message);
}

/** Let every fetch of this worker tell the page how many bytes have come. */
function countBytes(): void {
  const plain = self.fetch.bind(self);
  let bytes = 0;
  let told = 0;
  self.fetch = async (input, options) => {
    const answer = await plain(input, options);
    if (!answer.ok || !answer.body) return answer;
    const count = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, out) {
        bytes += chunk.byteLength;
        out.enqueue(chunk);
        const now = performance.now();
        if (now - told < PROGRESS_EVERY_MS) return;
        told = now;
        post({ type: "progress", bytes });
      },
    });
    const { status, statusText, headers } = answer;
    return new Response(answer.body.pipeThrough(count), { status, statusText, headers });
  };
}

async function start(engine: string, noInput: string, interrupt: Uint8Array | null): Promise<[Pyodide, Shell]> {
  countBytes();
  const { loadPyodide } = await import(`${engine}pyodide.mjs`) as Loader;
  const pyodide = await loadPyodide({
    indexURL: engine,
    packageBaseUrl: engine,
    lockFileURL: `${engine}pyodide-lock.json`,
    packages: ["passerelle-runtime"],
    stdin: () => null,
  });
  if (interrupt) pyodide.setInterruptBuffer(interrupt);
  const runtime = pyodide.pyimport("passerelle_runtime");
  const publish = (output: string) => post({ type: "output", id: running, output: JSON.parse(output) as Output });
  const shell = runtime.Shell.callKwargs(publish, { no_input: noInput });
  return [pyodide, shell];
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

function fail(error: unknown): void {
  const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const network = error instanceof TypeError || /fetch|network|import/i.test(detail) || !navigator.onLine;
  post({ type: "failed", reason: network ? "network" : "engine", detail });
}

let turn: Promise<void> = Promise.resolve();

self.onmessage = (event: MessageEvent<ToWorker>) => {
  const message = event.data;
  if (message.type === "start") {
    started = start(message.engine, message.noInput, message.interrupt);
    started.then(() => post({ type: "ready" }), fail);
  } else {
    const { id, code } = message;
    turn = turn.then(() => run(id, code)).catch(fail);
  }
};
