/**
 * The sandbox's program: started by grading/sandbox.py, one process for many notebooks, one after another.
 *
 * This thread is trusted and runs no learner code. It alone speaks with the parent process: commands come in by stdin,
 * reports go out by stdout. Any thread of this process could write to its stdout, so each report carries a sum (HMAC)
 * under a key that came by stdin before any worker existed; what has no right sum is noise. It enforces the limits of time
 * and output; memory is bounded by `--wasm-max-mem-pages` and watched by the parent.
 */

import { frames, Reporter } from "./parent.ts";
import type { Command } from "./parent.ts";
import { Interpreter } from "./interpreter.ts";
import { run } from "./run.ts";
import { Shelf } from "./shelf.ts";

const [engine, apart] = Deno.args;
if (engine === undefined) throw new Error("usage: main.ts ENGINE [apart]");
const commands = frames(Deno.stdin.readable);

const first = await commands.next();
if (first.done || first.value.type !== "hello") Deno.exit(2);
const report = await Reporter.withKey(first.value.key);

const shelf = await Shelf.read(engine, new URL(".", import.meta.url), (name) => report.say({ type: "need", name }));
(globalThis as { gc?: () => void }).gc?.(); // what was read is held once more until then
// Workers take over what this thread may do: from here on, nothing.
await Deno.permissions.revoke({ name: "read" });

let interpreter = new Interpreter(shelf, apart !== undefined);
let turn: Promise<void> = Promise.resolve();
await report.say({ type: "ready" });

async function serve(command: Command & { type: "run" }): Promise<void> {
  if (!await run(interpreter, command, report)) interpreter = new Interpreter(shelf, apart !== undefined);
}

for await (const command of commands) {
  if (command.type === "wheel") shelf.put(command.name, command.blobs[0] ?? null);
  if (command.type === "run") turn = turn.then(() => serve(command));
}
Deno.exit(0);
