/** The engine's module and the Python that it starts, as the worker of a page's cells uses them. */

export interface Loading {
  messageCallback: () => void;
  errorCallback: (message: string) => void;
}

export interface Shell {
  run(code: string, request: number, explain: boolean): Promise<string>;
  attempt(code: string, setup: string, checks: string, request: number): Promise<string>;
  interrupt(request: number): void;
}

/** Keyword arguments of the shell. Source: build_scripts/runtime/passerelle_runtime/shell.py. */
export interface Reading {
  read_line(prompt: string): string | true | undefined;
  read_secret(prompt: string): string | true | undefined;
  no_input: string;
}

interface Opener {
  open_shell: { callKwargs(publish: (output: string) => void, options: Reading): Shell };
}

export interface Pyodide {
  loadPackagesFromImports(code: string, options: Loading): Promise<unknown>;
  pyimport(name: string): Opener;
}

/** Options of the engine. Source: site/engine/engine.ts, `Ours`. */
export interface Starting {
  saveData: boolean;
  progress(share: number): void;
  module: WebAssembly.Module | null;
  compiled(module: WebAssembly.Module): void;
}

/** What `site/engine/engine.ts` exports. */
export interface Engine {
  loadPyodide(options: Starting): Promise<Pyodide>;
  /** Resolves to what brings in what the first error will need. */
  settle(pyodide: Pyodide): Promise<() => void>;
  forget(): Promise<void>;
  /** Read the scripts that a start takes. */
  prepare(options: { saveData: boolean }): Promise<void>;
}

export function openShell(pyodide: Pyodide, publish: (output: string) => void, reading: Reading): Shell {
  return pyodide.pyimport("passerelle_runtime.images").open_shell.callKwargs(publish, reading);
}
