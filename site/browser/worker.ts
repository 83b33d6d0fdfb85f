/** The worker of a page's cells: Pyodide from our own engine, and the shell that notebooks and the grader use too. */

import type { FromWorker, Output, Start, ToWorker } from "./protocol.ts";
import { type Engine, openShell, type Pyodide, type Shell } from "./python.ts";

interface Answer {
  status: "ok" | "error";
  ename?: string;
}

/** At most so often does the page hear of what has come. */
const PROGRESS_EVERY_MS = 100;

/** Python prepares for the first error when it has had nothing to do for so long. */
const SETTLE_AFTER_MS = 2_000;

let engine: Engine | undefined;
let started: Promise<[Pyodide, Shell]> | undefined;
let running = 0;
let saveData = false;

function post(message: FromWorker): void {
  self.postMessage(message);
}

/** Tells the page now and then how much of the engine has come. */
function teller(): (share: number) => void {
  let told = 0;
  return (share) => {
    const now = performance.now();
    if (now - told < PROGRESS_EVERY_MS) return;
    told = now;
    post({ type: "progress", share });
  };
}

async function open({ engine: address, saveData, noInput, interrupt }: Start): Promise<[Pyodide, Shell]> {
  engine = await import(address) as Engine;
  const pyodide = await engine.loadPyodide({ saveData, progress: teller() });
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
  if (!saveData) settle(pyodide);
}

/** Once, after a cell: let Python prepare for the first error while the person reads. */
let settle = (pyodide: Pyodide): void => {
  settle = () => {};
  setTimeout(async () => {
    const finish = await engine?.settle(pyodide).catch(() => undefined); // no network: the first error is slower
    turn = turn.then(finish).catch(console.error);
  }, SETTLE_AFTER_MS);
};

function described(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

function failToStart(error: unknown): void {
  const detail = described(error);
  const network = error instanceof TypeError || /fetch|network|import/i.test(detail) || !navigator.onLine;
  post({ type: "failed", reason: network ? "network" : "engine", detail });
}

function failToRun(error: unknown): void {
  void engine?.forget(); // the next start shall not bring back what ended this one
  post({ type: "failed", reason: "engine", detail: described(error) });
}

let turn: Promise<void> = Promise.resolve();

self.onmessage = (event: MessageEvent<ToWorker>) => {
  const message = event.data;
  if (message.type === "start") {
    saveData = message.saveData;
    started = open(message);
    started.then(() => post({ type: "ready" }), failToStart);
  } else {
    const { id, code } = message;
    turn = turn.then(() => run(id, code)).catch(failToRun);
  }
};
