/** Runs the cells of one notebook in one interpreter, within their limits, and reports each as it ends. */

import type { Interpreter } from "./interpreter.ts";
import type { Command, Report, Reporter } from "./parent.ts";
import type { Said, Work } from "./protocol.ts";

/** What an interrupted cell gets to end by itself. */
const GRACE_MS = 1000;

/** What a worker that went round its own limit may still send, over that limit, before it is ended. */
const SLACK_BYTES = 1024 * 1024;

type Reason = (Report & { type: "end" })["reason"];

/** Resolves when the end was reported, to whether the interpreter can serve another notebook; else it is gone. */
export async function run(
  interpreter: Interpreter,
  command: Command & { type: "run" },
  reporter: Reporter,
): Promise<boolean> {
  const ended = Promise.withResolvers<[Reason, string]>();
  const work: Work = {
    cells: command.cells,
    files: new Map(command.files.map((name, index) => [name, command.blobs[index]!])),
    outputBytes: command.output_bytes,
  };
  let cell = -1;
  let outputs: string[] = [];
  let sent = 0;
  let cut = false;
  let interrupted = false;
  let reusable = false;
  let cellTimer: ReturnType<typeof setTimeout> | undefined;
  let notebookTimer: ReturnType<typeof setTimeout> | undefined;

  function begin(next: number): void {
    clearTimeout(cellTimer);
    cell = next;
    outputs = [];
    sent = 0;
    cut = false;
    interrupted = false;
    if (cell >= work.cells.length) return;
    cellTimer = setTimeout(() => {
      interrupted = true;
      interpreter.interrupt();
      cellTimer = setTimeout(() => ended.resolve(["timeout", ""]), GRACE_MS);
    }, command.cell_s * 1000);
  }

  function heard(message: Said): void {
    switch (message.kind) {
      case "failed":
        return ended.resolve([cell < 0 ? "failed" : "killed", message.detail]);
      case "prepared":
        reporter.say({ type: "prepared" });
        notebookTimer = setTimeout(() => ended.resolve(["notebook-timeout", ""]), command.notebook_s * 1000);
        return begin(0);
      case "output":
        sent += message.output.length;
        if (sent > command.output_bytes + SLACK_BYTES) return ended.resolve(["killed", "output"]);
        outputs.push(message.output);
        break;
      case "cut":
        cut = true;
        break;
      case "done":
        reporter.say({
          type: "done",
          cell,
          outputs,
          cut,
          interrupted,
          result: message.result,
          profile: message.profile,
        });
        begin(cell + 1);
        break;
      case "finished":
        reusable = message.reusable;
        ended.resolve(["finished", ""]);
    }
  }

  interpreter.warm.then(
    () => interpreter.start(work, heard),
    (error) => ended.resolve(["failed", String(error)]),
  );
  const [reason, detail] = await ended.promise;
  clearTimeout(cellTimer);
  clearTimeout(notebookTimer);
  if (!reusable) interpreter.end();
  await reporter.say({ type: "end", reason, cell, outputs, cut, detail });
  return reusable;
}
