// Runs cells in the engine as a host does and prints one JSON text a cell: {"answer", "outputs"}.
// Usage: deno run --allow-read=ENGINE run_cells.mjs ENGINE < cells.json
const engine = Deno.args[0];
const answer = console.log;
console.log = console.error; // Pyodide tells there what it loads
const { loadPyodide } = await import(`file://${engine}/pyodide.mjs`);
const python = await loadPyodide({ indexURL: `${engine}/`, stdout: console.error });
const quiet = { messageCallback: () => {} };
await python.loadPackage(["passerelle-runtime"], quiet);
let outputs = [];
const shell = python.pyimport("passerelle_runtime").Shell((message) => outputs.push(JSON.parse(message)));
for (const code of JSON.parse(await new Response(Deno.stdin.readable).text())) {
  outputs = [];
  await python.loadPackagesFromImports(code, quiet);
  const result = JSON.parse(await shell.run(code));
  answer(JSON.stringify({ answer: result, outputs }));
}
