/** What runs in a notebook: kept until Python is there, told when it takes long, stopped when somebody says so. */

import { complete } from "./field.ts";
import { type Kernels, STOPPED } from "./kernels.ts";
import type { App, CellWidget, Context, Header, KernelConnection, Message, NotebookWidget } from "./lab.ts";

/** So long may an interrupted program take to end before its worker is ended. */
const ANSWER_MS = 900;
/** And so long when it has heard: an old computer needs its time to write the traceback. */
const PATIENCE_MS = 2_000;
/** A connection that has heard nothing for so long is the one that stays. */
const QUIET_MS = 150;
const LONG_MS = 10_000;
/** JupyterLite drops what waits behind an error and says nothing; so long may the next cell take to begin if it does not. */
const DROPPED_MS = 500;

/** Commands that run what is selected, and what else they do. */
const ONE: Record<string, string | undefined> = {
  "notebook:run-cell": undefined,
  "notebook:run-cell-and-select-next": "notebook:move-cursor-down",
  "notebook:run-cell-and-insert-below": "notebook:insert-cell-below",
  "runmenu:run": "notebook:move-cursor-down",
};

/** What became of the variables when something was stopped. */
export type Variables = "kept" | "lost";

/** Event: `change` when something is asked for, begins, asks the person, takes long, ends or is stopped. */
export class Execution extends EventTarget {
  /** What runs has run for more than ten seconds. */
  long = false;
  /** What the last Stop did to the variables; nothing once a person knows. */
  stopped: Variables | undefined;
  /** Cells above the stopped one that Python had run when it lost its variables, by their identity. */
  private lost: string[] = [];
  /** Cells by the message that asks for them, those that wait and the one that runs, in order. */
  private readonly asked = new Map<string, string>();
  /** The message whose cell runs. */
  private running = "";
  /** The question that `input()` asks and nobody has answered yet. */
  private question: Header | undefined;
  private readonly ran = new Set<string>();
  private readonly known = new WeakMap<KernelConnection, () => Promise<void>>();
  private timer = 0;
  private stopping: Promise<void> | undefined;
  /** The connection to Python is the one that stays. */
  private settled = false;
  private settling = 0;
  /** Changes when what is kept for Python shall no longer run. */
  private turn = 0;

  constructor(
    private readonly app: App,
    private readonly context: Context,
    private readonly notebook: NotebookWidget,
    private readonly kernels: Kernels,
  ) {
    super();
    const session = context.sessionContext;
    session.statusChanged.connect((_, status) => {
      if (status === "restarting") this.forget();
      this.settle();
    });
    session.connectionStatusChanged.connect(() => this.settle());
    session.kernelChanged.connect(() => this.meet());
    void session.ready.then(() => this.settle());
    this.meet();
    this.queueRuns();
  }

  /** Something runs or waits for its turn. */
  get busy(): boolean {
    return this.asked.size > 0;
  }

  /** A program waits for the person's answer. */
  get asks(): boolean {
    return this.question !== undefined;
  }

  /** There are cells above the stopped one to bring the variables back. */
  get canRunAgain(): boolean {
    return this.again.length > 0;
  }

  /** The person has read what became of the variables. */
  dismiss(): void {
    this.stopped = undefined;
    this.changed();
  }

  /** Stop what runs and drop what waits. Where the browser allows it, the variables stay. Never rejects. */
  stop(): Promise<void> {
    this.turn++;
    return this.stopping ??= this.stopNow().catch(console.error).finally(() => {
      this.stopping = undefined;
    });
  }

  /** Run the cells again whose variables Stop has cost, in the order of the page. */
  async runAgain(): Promise<void> {
    const cells = this.again;
    this.dismiss();
    await this.keep(cells, undefined);
  }

  private get again(): CellWidget[] {
    return this.notebook.widgets.filter((cell) => this.lost.includes(cell.model.id));
  }

  private async stopNow(): Promise<void> {
    const kernel = this.context.sessionContext.session?.kernel;
    if (!kernel || !this.busy) return;
    const waiting = [...this.asked].filter(([message]) => message !== this.running).map(([, cell]) => cell);
    this.known.get(kernel)?.().catch(console.error); // JupyterLite drops what waits, and no more than that
    const { question, running } = this;
    const answered = question !== undefined;
    if (answered) kernel.sendInputReply({ status: "ok", value: STOPPED }, question);
    const asked = answered || this.kernels.stop();
    let kept = asked && await this.ends(running, ANSWER_MS);
    if (!kept && (answered || this.kernels.heard)) kept = await this.ends(running, PATIENCE_MS);
    const restarted = kept ? undefined : this.restart();
    this.clear(waiting);
    this.stopped = kept ? "kept" : "lost";
    this.changed();
    await restarted;
  }

  /** Whether the cell that a message asked for ends in time. */
  private ends(message: string, within_ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (ended: boolean) => {
        clearTimeout(over);
        this.removeEventListener("change", look);
        resolve(ended);
      };
      const over = setTimeout(() => settle(false), within_ms);
      const look = () => {
        if (message ? !this.asked.has(message) : !this.busy) settle(true);
      };
      this.addEventListener("change", look);
      look();
    });
  }

  /** End the worker and start another: the one way out of a program that does not hear. */
  private async restart(): Promise<void> {
    const stopped = this.asked.get(this.running);
    const cells = this.notebook.widgets.map((cell) => cell.model.id);
    const above = cells.slice(0, cells.indexOf(stopped ?? "") + 1 || undefined);
    this.lost = above.filter((cell) => cell !== stopped && this.ran.has(cell));
    const restarted = this.context.sessionContext.restartKernel();
    this.forget();
    await restarted;
  }

  /** Take the star from cells that will not run. */
  private clear(cells: string[]): void {
    for (const { model } of this.notebook.widgets) {
      if (!cells.includes(model.id) || [...this.asked.values()].includes(model.id)) continue;
      model.clearExecution?.();
      model.executionState = "idle";
    }
  }

  /** JupyterLab leaves the field of a question whose answer did not come from it. */
  private clearQuestions(id: string): void {
    for (const output of [...this.outputs(id)?.layout.widgets ?? []]) {
      if (output.hasClass("jp-OutputArea-stdin-item")) output.dispose();
    }
  }

  private outputs(id: string): CellWidget["outputArea"] {
    return this.notebook.widgets.find((cell) => cell.model.id === id)?.outputArea;
  }

  private changed(): void {
    this.dispatchEvent(new Event("change"));
  }

  private forget(): void {
    this.settled = false;
    this.clearQuestions(this.asked.get(this.running) ?? "");
    this.asked.clear();
    this.ran.clear();
    this.quiet();
  }

  private quiet(): void {
    clearTimeout(this.timer);
    this.running = "";
    this.question = undefined;
    this.long = false;
    this.kernels.calm();
    this.changed();
  }

  /** Listen to a kernel's connection, once, and let its interrupt be ours: button, menu and keys all end there. */
  private meet(): void {
    const kernel = this.context.sessionContext.session?.kernel;
    if (!kernel || this.known.has(kernel)) return;
    this.settled = false;
    this.known.set(kernel, kernel.interrupt.bind(kernel));
    kernel.interrupt = () => this.stop();
    kernel.anyMessage.connect((_, { msg, direction }) => direction === "send" ? this.say(msg) : this.hear(msg));
  }

  private say({ header, metadata, content }: Message): void {
    if (header.msg_type === "input_reply") this.go();
    if (header.msg_type !== "execute_request" || content.silent) return;
    this.asked.set(header.msg_id, metadata.cellId ?? "");
    this.changed();
  }

  private hear({ header, parent_header, content }: Message): void {
    this.settle();
    const message = parent_header.msg_id ?? "";
    if (!this.asked.has(message)) return;
    if (header.msg_type === "execute_input") this.begin(message);
    else if (header.msg_type === "input_request") this.ask(message, header, content.prompt ?? "");
    else if (header.msg_type === "execute_reply" && content.status === "error") this.dropAfter(message);
    else if (header.msg_type === "status" && content.execution_state === "idle") this.end(message);
  }

  private begin(message: string): void {
    this.running = message;
    if (this.stopped === "kept") this.stopped = undefined;
    this.go();
  }

  /** The program goes on: from now on its time counts. */
  private go(): void {
    this.question = undefined;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.long = true;
      this.changed();
    }, LONG_MS);
    this.changed();
  }

  /** The program waits for the person, for as long as they need. */
  private ask(message: string, question: Header, prompt: string): void {
    this.question = question;
    clearTimeout(this.timer);
    this.long = false;
    const outputs = this.outputs(this.asked.get(message) ?? "");
    if (outputs) complete(outputs.node, prompt);
    this.changed();
  }

  private end(message: string): void {
    const cell = this.asked.get(message) ?? "";
    this.asked.delete(message);
    if (message !== this.running) return;
    this.ran.add(cell);
    this.clearQuestions(cell);
    this.quiet();
  }

  private dropAfter(message: string): void {
    const waiting = new Map(this.asked);
    waiting.delete(message);
    setTimeout(() => {
      if (this.running) return;
      for (const other of waiting.keys()) this.asked.delete(other);
      this.clear([...waiting.values()]);
      this.changed();
    }, DROPPED_MS);
  }

  /**
   * Keep what is run before Python is there, and run it then.
   *
   * JupyterLab would ask for a kernel, or drop the press without a word: its commands are the one door for button, menu and keys.
   */
  private queueRuns(): void {
    const commands = this.app.commands;
    const execute = commands.execute.bind(commands);
    commands.execute = async (id, args) => {
      const { turn } = this;
      if (!this.isThere && id in ONE) return await this.keep(this.selected, ONE[id]);
      if (!this.isThere && /^(notebook:(restart-)?run|runmenu:)/.test(id)) await this.python();
      return turn === this.turn ? await execute(id, args) : undefined;
    };
  }

  /** Run these cells when Python is there, whatever is selected by then; go on in the page as the press asks at once. */
  private async keep(cells: CellWidget[], next: string | undefined): Promise<void> {
    const turn = this.turn;
    const code = cells.filter((cell) => cell.model.type === "code");
    for (const cell of code) cell.model.executionState = "running";
    if (next) await this.app.commands.execute(next);
    if (code.length) await this.python();
    if (turn === this.turn) await this.run(cells);
    else this.clear(code.map((cell) => cell.model.id));
  }

  private get selected(): CellWidget[] {
    return this.notebook.widgets.filter((cell) => this.notebook.isSelectedOrActive(cell));
  }

  /** Run cells, and leave the selection as it is. */
  private async run(cells: CellWidget[]): Promise<void> {
    const { selected } = this;
    const { activeCellIndex: place, mode } = this.notebook;
    this.select(cells, this.notebook.widgets.indexOf(cells.at(-1) as CellWidget));
    const running = this.app.commands.execute("notebook:run-cell");
    this.select(selected, place);
    this.notebook.mode = mode; // who writes goes on writing
    await running;
  }

  private select(cells: CellWidget[], place: number): void {
    this.notebook.deselectAll();
    this.notebook.activeCellIndex = place;
    if (cells.length > 1) { for (const cell of cells) this.notebook.select(cell); }
  }

  /** Resolves when Python is there and its connection has settled. */
  private python(): Promise<void> {
    if (this.isThere) return Promise.resolve();
    return new Promise((resolve) => this.addEventListener("settled", () => resolve(), { once: true }));
  }

  private get isThere(): boolean {
    return this.settled && this.answers;
  }

  /** Python answers, and JupyterLab will not change its connection any more. */
  private get answers(): boolean {
    const { isReady, session } = this.context.sessionContext;
    const { status = "", connectionStatus } = session?.kernel ?? {};
    return isReady && connectionStatus === "connected" && ["idle", "busy"].includes(status);
  }

  /**
   * Wait until a new connection has been quiet for a moment.
   *
   * JupyterLab opens several to one kernel while it starts, JupyterLite tells each what the others hear, and JupyterLab
   * then throws messages away for belonging to an older session: the answers to an early run would be among them.
   */
  private settle(): void {
    clearTimeout(this.settling);
    if (this.settled) return;
    this.settling = setTimeout(() => {
      if (!this.answers) return;
      this.settled = true;
      this.dispatchEvent(new Event("settled"));
    }, QUIET_MS);
  }
}
