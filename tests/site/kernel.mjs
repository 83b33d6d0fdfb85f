// Stands for JupyterLite's script in the worker of a notebook's Python: the same calls of its kernel, answered in the
// messages that the worker of a lesson's cells sends. Source: pyodide-kernel 0.8.6, worker.ts.
let kernel;
let turn = start();

const plain = (value) => value?.toJs?.({ dict_converter: Object.fromEntries }) ?? value;

async function start() {
  await new Promise((resolve) => setTimeout(resolve)); // the worker's own module waits for this one
  const { loadPyodide } = await import(self.location.href);
  const python = await loadPyodide({ stdout: console.log, stderr: console.log });
  await python.runPythonAsync("import pyodide_kernel");
  kernel = python.pyimport("pyodide_kernel");
  kernel.kernel_instance._parent_header = python.toPy({});
}

async function run(id, code) {
  const send = (output_type, values) => self.postMessage({ type: "output", id, output: { output_type, ...values } });
  const shows = (output_type) => (data, metadata, transient) =>
    send(output_type, { data: plain(data), metadata: plain(metadata), transient: plain(transient) });
  const stream = (name, text) => send("stream", { name, text });
  const { kernel_instance: instance, ipython_shell: shell } = kernel;
  kernel.stdout_stream.publish_stream_callback = stream;
  kernel.stderr_stream.publish_stream_callback = stream;
  shell.display_pub.display_data_callback = shows("display_data");
  shell.display_pub.update_display_data_callback = shows("update_display_data");
  shell.display_pub.clear_output_callback = (wait) => send("clear_output", { wait });
  shell.displayhook.publish_execution_result = (execution_count, data, metadata) =>
    send("execute_result", { execution_count, data: plain(data), metadata: plain(metadata) });
  shell.input = shell.getpass = () => undefined;
  const { status, ename = "", evalue, traceback } = plain(await instance.run(code));
  if (status === "error") send("error", { ename, evalue, traceback });
  self.postMessage({ type: "done", id, status, ename });
}

self.onmessage = ({ data }) => {
  if (data.type !== "run") return;
  turn = turn.then(() => run(data.id, data.code)).catch((error) =>
    self.postMessage({ type: "failed", detail: `${data.code}\n${error} ${JSON.stringify(error)}` })
  );
};
