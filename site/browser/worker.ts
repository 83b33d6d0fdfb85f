/** The worker of a page's cells: Pyodide from our own engine, and the shell that notebooks and the grader use too. */

import { line } from "./line.ts";
import type { Checked, Explained, FromWorker, Output, Parts, Start, ToWorker } from "./protocol.ts";
import { type Engine, openShell, type Pyodide, type Shell } from "./python.ts";
import type { Way } from "./stdin.ts";

interface Answer {
  status: "ok" | "error";
  ename?: string;
  explained?: Explained;
  checks?: Checked[];
}

const STOPPED: Answer = { status: "error", ename: "KeyboardInterrupt" };

/** At most so often does the page hear of what has come. */
const PROGRESS_EVERY_MS = 100;

/** Python prepares for the first error when it has had nothing to do for so long. */
const SETTLE_AFTER_MS = 2_000;

let engine: Engine | undefined;
let started: Promise<[Pyodide, Shell]> | undefined;
let running = 0;
/** The cell that somebody stopped last. */
let stopped = 0;
let busy = false;
let saveData = false;
let way: Way = "none";

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

async function open(start: Start): Promise<[Pyodide, Shell]> {
  const { engine: address, saveData, noInput, interrupt, asking, module } = start;
  if (interrupt) Object.assign(globalThis, { passerelleInterrupt: interrupt });
  engine = await import(address) as Engine;
  const pyodide = await engine.loadPyodide({
    saveData,
    progress: teller(),
    module,
    compiled: (module) => post({ type: "compiled", module }),
  });
  const read = (secret: boolean) => (prompt: string) => {
    const question = { prompt, secret };
    const tell = () => post({ type: "ask", question });
    return line(way, asking, question, tell, interrupt);
  };
  const publish = (output: string) => post({ type: "output", id: running, output: JSON.parse(output) as Output });
  return [pyodide, openShell(pyodide, publish, { read_line: read(false), read_secret: read(true), no_input: noInput })];
}

/** End a cell that waits for something, or is still to begin; one that computes has heard already. */
async function interrupt(id: number): Promise<void> {
  stopped = id;
  const [, shell] = await (started ?? []);
  if (!shell || !busy || running !== id) return;
  shared()?.fill(0); // or it would stop the stopping
  shell.interrupt(id);
}

/** What the page shares with Python, to interrupt it. */
function shared(): Uint8Array | undefined {
  return (globalThis as { passerelleInterrupt?: Uint8Array }).passerelleInterrupt;
}

async function run(id: number, code: string, parts?: Parts): Promise<void> {
  if (!started) return;
  const [pyodide, shell] = await started;
  running = id;
  post({ type: "started", id });
  await load(pyodide, id, parts ? `${parts.setup}\n${parts.check}\n${code}` : code);
  const { status, ename = "", explained, checks } = await evaluate(shell, id, code, parts);
  busy = false;
  post({ type: "done", id, status, ename, explained, checks });
  if (!saveData) settle(pyodide);
}

/** Load the packages that a cell imports. */
async function load(pyodide: Pyodide, id: number, code: string): Promise<void> {
  const missing = (text: string) =>
    post({ type: "output", id, output: { output_type: "stream", name: "stderr", text: `${text}\n` } });
  try {
    await pyodide.loadPackagesFromImports(code, { messageCallback: () => {}, errorCallback: missing });
  } catch (error) {
    missing(String(error));
  }
}

async function evaluate(shell: Shell, id: number, code: string, parts?: Parts): Promise<Answer> {
  if (stopped === id || shared()?.some(Boolean)) return STOPPED;
  busy = true;
  const answer = parts ? shell.attempt(code, parts.setup, parts.check, id) : shell.run(code, id, true);
  return JSON.parse(await answer) as Answer;
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

let turn: Promise<unknown> = Promise.resolve();

self.onmessage = (event: MessageEvent<ToWorker>) => {
  const message = event.data;
  if (message.type === "start") {
    saveData = message.saveData;
    started = open(message);
    started.then(() => post({ type: "ready" }), failToStart);
  } else if (message.type === "prepare") {
    import(message.engine).then((engine: Engine) => engine.prepare({ saveData: message.saveData })).catch(() => {}); // the start tells
  } else if (message.type === "interrupt") {
    void interrupt(message.id);
  } else {
    const { id, code, parts } = message;
    way = message.way;
    turn = turn.then(() => run(id, code, parts)).catch(failToRun);
  }
};
