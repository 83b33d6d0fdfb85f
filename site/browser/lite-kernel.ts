/**
 * The worker of a notebook's Python. It starts Python at once, while the page around it still loads; then it runs
 * JupyterLite's own worker script, whose `loadPyodide` is the one below and finds Python started or nearly so.
 */

import { answerMemory, Asking } from "./asking.ts";
import { type KernelNews, type KernelOrders, STOPPED } from "./kernels.ts";

interface Pyodide {
  runPython(code: string): unknown;
  runPythonAsync(code: string): Promise<unknown>;
}

interface Engine {
  loadPyodide(options: Record<string, unknown>): Promise<Pyodide>;
}

interface Sinks {
  stdout(text: string): void;
  stderr(text: string): void;
}

/**
 * JupyterLite gives Python a new `input()` with each cell, and that answers None when nobody could be asked.
 * Here it raises a plain sentence instead, and a KeyboardInterrupt when the answer is what Stop sends.
 *
 * jedi is not in the image, but JupyterLite's kernel tells IPython to ask it, and a first completion was then an error.
 * Source: pyodide_kernel 0.8.6, interpreter.py.
 */
const PREPARE = `
def prepare(no_input, stopped):
    import builtins, getpass
    from IPython.core import completer
    from pyodide_kernel import kernel_instance
    from pyodide_kernel.interpreter import Interpreter

    completer.JEDI_INSTALLED = kernel_instance.interpreter.Completer.use_jedi = False

    def questions(ask):
        def question(prompt=""):
            answer = ask(str(prompt))
            if answer is None:
                raise EOFError(no_input)
            if answer == stopped:
                raise KeyboardInterrupt
            return answer
        return question

    def set_input(shell, ask):
        shell._input = ask
        builtins.input = questions(ask)

    def set_getpass(shell, ask):
        shell._getpass = ask
        getpass.getpass = questions(ask)

    Interpreter.input = Interpreter.input.setter(set_input)
    Interpreter.getpass = Interpreter.getpass.setter(set_getpass)
`;

const orders = JSON.parse(self.name) as KernelOrders;
const interrupt = self.crossOriginIsolated ? new Int32Array(new SharedArrayBuffer(4)) : undefined;
self.postMessage({ passerelle: "kernel", interrupt } satisfies KernelNews);

if (orders.way) self.XMLHttpRequest = Asking;
if (orders.way === "memory") Asking.memory = answerMemory();

let sinks: Sinks = console as unknown as Sinks;
const python = start();
python.catch(() => {}); // who asks for it below hears of it
await run(orders.script);

/** What JupyterLite's script calls in the place of the engine's own. Its options are the ones that Python started with. */
export async function loadPyodide(options: Record<string, unknown> & Sinks): Promise<Pyodide> {
  sinks = options;
  return await python;
}

async function start(): Promise<Pyodide> {
  // Numbers are little-endian wherever there is WebAssembly: the first byte is the number.
  if (interrupt) Object.assign(globalThis, { passerelleInterrupt: new Uint8Array(interrupt.buffer) });
  const engine: Engine = await import(orders.engine);
  const pyodide = await engine.loadPyodide({
    indexURL: orders.engine.slice(0, orders.engine.lastIndexOf("/") + 1),
    ...orders.options,
    stdout: (text: string) => sinks.stdout(text),
    stderr: (text: string) => sinks.stderr(text),
  });
  await pyodide.runPythonAsync("import pyodide_kernel");
  const given = [orders.noInput, STOPPED].map((text) => JSON.stringify(text));
  pyodide.runPython(`${PREPARE}prepare(${given})\ndel prepare`);
  return pyodide;
}

/** Run JupyterLite's script; what the page said before that listened is said again. */
async function run(script: string): Promise<void> {
  const said: MessageEvent[] = [];
  const keep = (event: MessageEvent) => {
    event.stopImmediatePropagation();
    said.push(event);
  };
  self.addEventListener("message", keep);
  await import(script);
  self.removeEventListener("message", keep);
  for (const { data, ports } of said) self.dispatchEvent(new MessageEvent("message", { data, ports: [...ports] }));
}
