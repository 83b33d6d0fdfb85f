/** What the page and the worker of its cells say to each other. */

import type { Asking } from "./line.ts";
import type { Question, Way } from "./stdin.ts";

/** An output in the form of nbformat 4, and the two that change earlier ones. */
export type Output =
  | { output_type: "stream"; name: "stdout" | "stderr"; text: string }
  | { output_type: "error"; ename: string; evalue: string; traceback: string[] }
  | {
    output_type: "display_data" | "execute_result" | "update_display_data";
    data: Bundle;
    transient?: { display_id?: string };
  }
  | { output_type: "clear_output"; wait: boolean };

/** MIME type → text; pictures as base64, JSON types as objects. */
export type Bundle = Record<string, unknown>;

/** What an error means. Source: build_scripts/runtime/passerelle_runtime/explained.py. */
export interface Explained {
  key: string;
  values: Record<string, string>;
  line: number | null;
  text: string | null;
}

/** What is run around an exercise's program, and after how many tries its solution can be seen. */
export interface Parts {
  setup: string;
  check: string;
  solution: string;
  tries: number;
}

/** What came of a check. Source: build_scripts/runtime/passerelle_runtime/checks.py. */
export interface Checked {
  ok: boolean;
  source: string;
  form?: string;
  explained?: Explained;
  [value: string]: unknown;
}

/** The first message to a worker. */
export interface Start {
  type: "start";
  /** Address of the engine's module. */
  engine: string;
  /** Whether the person asked for few bytes. */
  saveData: boolean;
  /** What `input()` says when nobody can answer. */
  noInput: string;
  interrupt: Uint8Array | null;
  asking: Asking;
  /** What an earlier worker compiled. */
  module: WebAssembly.Module | null;
}

export type ToWorker =
  | Start
  /** Read the scripts, for a start that may come. */
  | { type: "prepare"; engine: string; saveData: boolean }
  | { type: "run"; id: number; code: string; way: Way; parts?: Parts }
  /** For a cell that waits; one that computes hears of the interrupt by its buffer. */
  | { type: "interrupt"; id: number };

export type FromWorker =
  | { type: "progress"; share: number }
  | { type: "ready" }
  | { type: "compiled"; module: WebAssembly.Module }
  | { type: "failed"; reason: "network" | "engine"; detail: string }
  | { type: "started"; id: number }
  | { type: "output"; id: number; output: Output }
  | { type: "ask"; question: Question }
  | { type: "done"; id: number; status: "ok" | "error"; ename: string; explained?: Explained; checks?: Checked[] };
