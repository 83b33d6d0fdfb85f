/** The memory by which somebody else interrupts Python. */

import type { Pyodide } from "./start.ts";

/**
 * Stands for the shared memory: Pyodide reads a number and then writes 0, a million times a second in a tight loop, and
 * loses what was written between the two. Nothing is written here unless something was read.
 * Source: Pyodide 314.0.6, `_Py_CheckEmscriptenSignals_Helper` in pyodide.asm.mjs.
 */
class Interrupts {
  private seen = 0;

  constructor(private readonly shared: Uint8Array) {}

  get 0(): number {
    return this.seen = this.shared[0];
  }

  set 0(value: number) {
    if (this.seen) this.shared[0] = value;
  }
}

/** Raise KeyboardInterrupt in Python when somebody writes 2 into the first byte; it is 0 again once Python has read it. */
export function setInterrupts(pyodide: Pyodide, shared: Uint8Array): void {
  pyodide.setInterruptBuffer(new Interrupts(shared));
}
