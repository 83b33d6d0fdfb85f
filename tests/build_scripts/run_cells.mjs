// Runs cells in the engine as a host does. Each line of input is a JSON list of cells, run one after another in an
// emptied shell; each line of output is the JSON list of what came of them: {"answer", "outputs"}.
// Usage: deno run --allow-read=ENGINE run_cells.mjs ENGINE
const engine = Deno.args[0];
const say = (value) => Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(value)}\n`));
console.log = console.error; // Pyodide tells there what it loads
const { loadPyodide } = await import(`file://${engine}/pyodide.mjs`);
const python = await loadPyodide({ indexURL: `${engine}/`, stdout: console.error });
const quiet = { messageCallback: () => {} };
await python.loadPackage(["passerelle-runtime"], quiet);
let outputs = [];
const shell = python.pyimport("passerelle_runtime").Shell((message) => outputs.push(JSON.parse(message)));
let waiting = "";
for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const lines = (waiting + text).split("\n");
  waiting = lines.pop();
  for (const line of lines) {
    shell.reset();
    const results = [];
    for (const code of JSON.parse(line)) {
      outputs = [];
      await python.loadPackagesFromImports(code, quiet);
      const answer = JSON.parse(await shell.run(code));
      results.push({ answer, outputs });
    }
    say(results);
  }
}
