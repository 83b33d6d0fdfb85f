/** The part of JupyterLab that we drive, in a frame of our own origin. Source: JupyterLab 4.6, `exposeAppInBrowser`. */

import type { Notebook } from "./notebook.ts";

interface Signal<Argument> {
  connect(slot: (sender: unknown, argument: Argument) => void): boolean;
}

interface Kernel {
  status: string;
}

interface Session {
  session: { kernel: Kernel | null } | null;
  statusChanged: Signal<string>;
  kernelChanged: Signal<unknown>;
}

interface Context {
  path: string;
  isReady: boolean;
  model: {
    dirty: boolean;
    toJSON(): Notebook;
    fromJSON(notebook: Notebook): void;
    stateChanged: Signal<{ name: string }>;
  };
  sessionContext: Session;
  save(): Promise<void>;
  saveState: Signal<"started" | "failed" | "completed" | "completed manually">;
}

interface Commands {
  execute(id: string, args?: unknown): Promise<unknown>;
}

interface Contents {
  save(path: string, model: { type: string; format: string; content: unknown }): Promise<unknown>;
}

interface App {
  shell: { currentWidget: { context?: Context; content?: { activeCell?: { model: { type: string } } } } | null };
  commands: Commands;
  serviceManager: { contents: Contents };
}

export type Python = "starting" | "ready" | "busy" | "dead";

/** One notebook, open in JupyterLite. */
export class OpenNotebook {
  saving = false;
  failed = false;

  private constructor(private readonly app: App, private readonly context: Context, onChange: () => void) {
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
    this.queueRuns();
    this.queueSaves();
  }

  /** Wait until JupyterLite in a frame shows its notebook. Rejects when it does not within `timeout_ms`. */
  static async in(frame: HTMLIFrameElement, onChange: () => void, timeout_ms: number): Promise<OpenNotebook> {
    const deadline = performance.now() + timeout_ms;
    while (performance.now() < deadline) {
      const app = (frame.contentWindow as unknown as { jupyterapp?: App } | null)?.jupyterapp;
      const context = app?.shell.currentWidget?.context;
      if (app && context?.isReady) return new OpenNotebook(app, context, onChange);
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
    if (status === "busy") return "busy";
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
   * Keep what is run before Python is there, and run it then.
   *
   * JupyterLab would ask for a kernel, or drop the press without a word: its commands are the one door for button, menu and keys.
   */
  private queueRuns(): void {
    const commands = this.app.commands;
    const execute = commands.execute.bind(commands);
    commands.execute = async (id, args) => {
      const isCode = this.app.shell.currentWidget?.content?.activeCell?.model.type === "code";
      if (/^(notebook:(restart-)?run|runmenu:)/.test(id) && (isCode || /all|restart/.test(id))) await this.kernel();
      return await execute(id, args);
    };
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

  private kernel(): Promise<void> {
    const session = this.context.sessionContext;
    const there = () => ["idle", "busy"].includes(session.session?.kernel?.status ?? "");
    if (there()) return Promise.resolve();
    return new Promise((resolve) => {
      const look = () => {
        if (there()) resolve();
      };
      session.statusChanged.connect(look);
      session.kernelChanged.connect(look);
    });
  }
}
