/** The page's one Python: starts the worker, runs cells in the order asked for, stops what does not end. */

import type { Checked, Explained, FromWorker, Output, Parts, ToWorker } from "./protocol.ts";
import { announce } from "./starting.ts";
import { type Question, Stdin } from "./stdin.ts";

export type State = "asleep" | "loading" | "ready" | "failed";
export type Failure = "network" | "engine" | "unsupported";

/** How a cell ended. `interrupted` keeps the variables, `stopped` and `failed` lose them, `dropped` never ran. */
export type Ending =
  | { status: "ok"; checks?: Checked[] }
  | { status: "error"; ename: string; explained?: Explained }
  | { status: "interrupted" | "stopped" | "dropped" }
  | { status: "failed"; reason: Failure };

export interface Watcher {
  started(): void;
  output(output: Output): void;
  /** Resolves to what the person answers, to null when the question is taken back. */
  ask(question: Question): Promise<string | null>;
}

export interface Settings {
  worker: string;
  engine: string;
  /** Address of the site's root. */
  root: string;
  saveData: boolean;
  /** What Python's `input()` says where nobody can answer. */
  noInput: string;
}

interface Job {
  id: number;
  code: string;
  watcher: Watcher;
  parts: Parts | undefined;
  end(ending: Ending): void;
}

/** So long may a program take to hear of an interrupt before its worker is ended, and so long to end once it has. */
const INTERRUPT_MS = 900;
const ENDING_MS = 2_000;
const SIGINT = 2;
/** A program that has run for so long may be one that somebody will stop. */
const LASTING_MS = 200;

/** Events: `state` when the state changes, `progress` when bytes have come. */
export class Kernel extends EventTarget {
  state: State = "asleep";
  /** How much of the engine has come, from 0 to 1. */
  share = 0;
  failure: Failure = "engine";
  private worker: Worker | undefined;
  /** One that has read its scripts, where Stop must end the one that works. */
  private spare: Worker | undefined;
  private interrupt: Uint8Array | null = null;
  /** Compiled once a page: a restart after Stop does without. */
  private module: WebAssembly.Module | null = null;
  private readonly jobs: Job[] = [];
  private lastId = 0;
  private timer = 0;
  private lasting = 0;
  private stopping = false;

  private readonly stdin: Stdin;
  private readonly root: string;

  constructor(private readonly settings: Settings) {
    super();
    this.root = new URL(settings.root, document.baseURI).href;
    this.stdin = new Stdin(this.root, (question) => this.jobs[0]?.watcher.ask(question) ?? Promise.resolve(null));
  }

  /** Fetch and start Python, unless that is done or under way. */
  start(): void {
    if (this.state === "loading" || this.state === "ready") return;
    this.share = 0;
    if (typeof WebAssembly !== "object" || typeof Worker !== "function") {
      this.fail("unsupported");
      return;
    }
    this.become("loading");
    announce(new Promise((over) => this.addEventListener("state", over, { once: true })));
    this.interrupt = globalThis.crossOriginIsolated ? new Uint8Array(new SharedArrayBuffer(1)) : null;
    const worker = this.spare ?? this.make();
    this.spare = undefined;
    this.worker = worker;
    worker.onmessage = (event: MessageEvent<FromWorker>) => this.hear(event.data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.fail(this.state === "loading" ? "network" : "engine");
    };
    const { engine } = this;
    const { noInput, saveData } = this.settings;
    this.stdin.reset();
    const asking = { memory: this.stdin.memory, root: this.root, context: this.stdin.context };
    const { interrupt, module } = this;
    this.tell({ type: "start", engine, saveData, noInput, interrupt, asking, module });
  }

  private get engine(): string {
    return new URL(this.settings.engine, document.baseURI).href;
  }

  private make(): Worker {
    return new Worker(new URL(this.settings.worker, document.baseURI), { type: "module" });
  }

  private prepare(): void {
    if (this.interrupt || this.spare) return;
    this.spare = this.make();
    this.spare.postMessage(
      { type: "prepare", engine: this.engine, saveData: this.settings.saveData } satisfies ToWorker,
    );
  }

  /** Run code after all that was asked for before; starts Python when needed. Never rejects. */
  run(code: string, watcher: Watcher, parts?: Parts): Promise<Ending> {
    return new Promise((end) => {
      const job = { id: ++this.lastId, code, watcher, parts, end };
      this.jobs.push(job);
      this.start();
      if (this.jobs[0] === job) void this.send(job);
    });
  }

  /** Stop what runs and drop what waits. Keeps the variables where the browser allows interrupting. */
  stop(): void {
    if (this.state === "loading") {
      this.restart();
    } else if (this.jobs.length && !this.stopping) {
      for (const job of this.jobs.splice(1)) job.end({ status: "dropped" });
      if (!this.interrupt) {
        this.restart();
        return;
      }
      this.stopping = true;
      this.interrupt[0] = SIGINT;
      const [job] = this.jobs;
      if (job) this.tell({ type: "interrupt", id: job.id });
      this.timer = setTimeout(() => this.insist(), INTERRUPT_MS);
    }
  }

  private insist(): void {
    const heard = this.interrupt?.[0] === 0;
    if (heard) this.timer = setTimeout(() => this.restart(), ENDING_MS);
    else this.restart();
  }

  private restart(): void {
    this.end();
    const loading = this.state === "loading";
    for (const [place, job] of this.jobs.splice(0).entries()) {
      job.end({ status: place === 0 && !loading ? "stopped" : "dropped" });
    }
    this.become("asleep");
    if (!loading) this.start();
  }

  private end(): void {
    this.calm();
    this.stdin.rest();
    this.worker?.terminate();
    this.worker = undefined;
  }

  private calm(): void {
    clearTimeout(this.timer);
    clearTimeout(this.lasting);
    this.stopping = false;
  }

  private fail(reason: Failure): void {
    this.end();
    this.failure = reason;
    this.become("failed");
    for (const job of this.jobs.splice(0)) job.end({ status: "failed", reason });
  }

  /** The worker gets one cell at a time: what still waits here can be dropped without having run. */
  private async send(job: Job): Promise<void> {
    await this.stdin.ready;
    if (this.jobs[0] !== job) return;
    this.stdin.listen();
    this.interrupt?.fill(0); // asked for too late, it was not for this one
    const { id, code, parts } = job;
    this.tell({ type: "run", id, code, way: this.stdin.way, ...parts && { parts } });
  }

  private tell(message: ToWorker): void {
    this.worker?.postMessage(message);
  }

  private hear(message: FromWorker): void {
    switch (message.type) {
      case "progress":
        this.share = message.share;
        this.dispatchEvent(new Event("progress"));
        break;
      case "ready":
        this.become("ready");
        break;
      case "compiled":
        this.module = message.module;
        break;
      case "failed":
        console.error(message.detail);
        this.fail(message.reason);
        break;
      case "started":
        this.lasting = setTimeout(() => this.prepare(), LASTING_MS);
        this.job(message.id)?.watcher.started();
        break;
      case "output":
        this.job(message.id)?.watcher.output(message.output);
        break;
      case "ask":
        void this.answer(message.question);
        break;
      case "done":
        this.finish(message);
    }
  }

  private async answer(question: Question): Promise<void> {
    const [job] = this.jobs;
    const answer = await job?.watcher.ask(question);
    if (typeof answer === "string" && this.jobs[0] === job) this.stdin.answer(answer);
  }

  private finish({ id, status, ename, explained, checks }: Extract<FromWorker, { type: "done" }>): void {
    const place = this.jobs.findIndex((job) => job.id === id);
    const [job] = place < 0 ? [] : this.jobs.splice(place, 1);
    const interrupted = this.stopping && ename === "KeyboardInterrupt";
    this.calm();
    if (this.interrupt) this.interrupt[0] = 0;
    if (interrupted) job?.end({ status: "interrupted" });
    else job?.end(status === "ok" ? { status, checks } : { status, ename, explained });
    const [next] = this.jobs;
    if (next) void this.send(next);
    else this.stdin.rest();
  }

  private job(id: number): Job | undefined {
    return this.jobs.find((job) => job.id === id);
  }

  private become(state: State): void {
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}
