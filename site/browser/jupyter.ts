/** A notebook of JupyterLite in a frame of our own origin: its text, its saves, its Python. */

import type { Execution } from "./execution.ts";
import type { App, Context } from "./lab.ts";
import type { Notebook } from "./notebook.ts";

export type Python = "starting" | "ready" | "busy" | "asks" | "dead";

/** The frame's window. */
interface Inside {
  jupyterapp?: App;
  passerelleExecution?: Execution;
}

/** One notebook, open in JupyterLite. */
export class OpenNotebook {
  saving = false;
  failed = false;

  private constructor(
    private readonly app: App,
    private readonly context: Context,
    /** What lite.ts in the frame keeps watch over. */
    readonly execution: Execution,
    onChange: () => void,
  ) {
    context.model.stateChanged.connect((_, change) => {
      if (change.name === "dirty") onChange();
    });
    context.saveState.connect((_, state) => {
      this.saving = state === "started";
      this.failed = state === "failed";
      onChange();
    });
    context.sessionContext.statusChanged.connect(onChange);
    context.sessionContext.kernelChanged.connect(onChange);
    execution.addEventListener("change", onChange);
    this.queueSaves();
  }

  /** Wait until JupyterLite in a frame shows its notebook. Rejects when it does not within `timeout_ms`. */
  static async in(frame: HTMLIFrameElement, onChange: () => void, timeout_ms: number): Promise<OpenNotebook> {
    const deadline = performance.now() + timeout_ms;
    while (performance.now() < deadline) {
      const { jupyterapp: app, passerelleExecution: execution } = (frame.contentWindow ?? {}) as Inside;
      const context = app?.shell.currentWidget?.context;
      if (app && context?.isReady && execution) return new OpenNotebook(app, context, execution, onChange);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error("JupyterLite did not show the notebook");
  }

  get dirty(): boolean {
    return this.context.model.dirty;
  }

  get python(): Python {
    const status = this.context.sessionContext.session?.kernel?.status ?? "starting";
    if (status === "idle") return "ready";
    if (status === "busy") return this.execution.asks ? "asks" : "busy";
    return status === "dead" ? "dead" : "starting";
  }

  get notebook(): Notebook {
    return this.context.model.toJSON();
  }

  async save(): Promise<void> {
    if (this.dirty) await this.context.save();
  }

  /** Put another notebook in the place of this one and save it. */
  async replace(notebook: Notebook): Promise<void> {
    this.context.model.fromJSON(notebook);
    await this.context.save();
  }

  /** Write a notebook beside this one. */
  async write(path: string, notebook: Notebook): Promise<void> {
    await this.app.serviceManager.contents.save(path, { type: "notebook", format: "json", content: notebook });
  }

  /**
   * Let one save end before the next begins.
   *
   * JupyterLab's autosave and ours would meet on a slow machine, and each take the other's for a change from elsewhere.
   */
  private queueSaves(): void {
    const save = this.context.save.bind(this.context);
    let last = Promise.resolve();
    this.context.save = () => (last = last.catch(() => undefined).then(save));
  }
}
