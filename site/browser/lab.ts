/** The part of JupyterLab that we drive. Source: JupyterLab 4.6, `exposeAppInBrowser`. */

import type { Notebook } from "./notebook.ts";

export interface Signal<Argument> {
  connect(slot: (sender: unknown, argument: Argument) => void): boolean;
}

export interface Header {
  msg_id: string;
  msg_type: string;
}

export interface Message {
  header: Header;
  parent_header: Header | Record<string, never>;
  metadata: { cellId?: string };
  content: { execution_state?: string; prompt?: string; silent?: boolean; status?: string };
}

export interface KernelConnection {
  status: string;
  connectionStatus: string;
  anyMessage: Signal<{ msg: Message; direction: "send" | "recv" }>;
  interrupt(): Promise<void>;
  sendInputReply(content: { status: "ok"; value: string }, question: Header): void;
}

export interface SessionContext {
  session: { kernel: KernelConnection | null } | null;
  isReady: boolean;
  ready: Promise<void>;
  statusChanged: Signal<string>;
  connectionStatusChanged: Signal<string>;
  kernelChanged: Signal<unknown>;
  restartKernel(): Promise<void>;
}

interface Widget {
  hasClass(name: string): boolean;
  dispose(): void;
}

export interface CellWidget {
  model: { id: string; type: string; executionState?: string; clearExecution?(): void };
  /** Code cells only. */
  outputArea?: { layout: { widgets: Iterable<Widget> }; node: HTMLElement };
}

export interface NotebookWidget {
  activeCell: CellWidget | null;
  activeCellIndex: number;
  mode: "command" | "edit";
  widgets: readonly CellWidget[];
  deselectAll(): void;
  isSelectedOrActive(cell: CellWidget): boolean;
  select(cell: CellWidget): void;
}

export interface Context {
  path: string;
  isReady: boolean;
  ready: Promise<void>;
  model: {
    dirty: boolean;
    toJSON(): Notebook;
    fromJSON(notebook: Notebook): void;
    stateChanged: Signal<{ name: string }>;
  };
  sessionContext: SessionContext;
  save(): Promise<void>;
  saveState: Signal<"started" | "failed" | "completed" | "completed manually">;
}

export interface Document {
  context?: Context;
  content?: NotebookWidget;
}

export interface App {
  shell: { currentWidget: Document | null; currentChanged: Signal<unknown> };
  commands: { execute(id: string, args?: unknown): Promise<unknown> };
  serviceManager: {
    contents: { save(path: string, model: { type: string; format: string; content: unknown }): Promise<unknown> };
  };
}
