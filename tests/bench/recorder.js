// Runs before any script of a measured page: presses Run as a learner would, and notes when things happen.
// All times are milliseconds of the one clock that pages and workers share. `PLAN` is put here by visit.py.
(() => {
  const plan = PLAN;
  const FRAME_MS = 16;
  const AGAIN_MS = 100;
  const PATIENCE = 1.5; // each wait is so many times the one before, so that a page that keeps presses gets few
  const marks = {};
  const messages = [];
  let nextPress = 0;
  const now = () => performance.timeOrigin + performance.now();
  const mark = (name) => (marks[name] ??= now());
  const shown = (element) => element && element.getClientRects().length > 0;

  addEventListener("DOMContentLoaded", () => mark("dom"));
  addEventListener("load", () => mark("load"));
  for (const [name, value] of Object.entries(plan.connection)) {
    Object.defineProperty(Object.getPrototypeOf(navigator.connection), name, { get: () => value });
  }

  const Plain = globalThis.Worker;
  globalThis.Worker = class extends Plain {
    constructor(...given) {
      super(...given);
      const [stem] = String(given[0]).split("/").at(-1).split(/[.-]/); // names end with a hash
      mark(stem === "worker" ? "worker" : `${stem} worker`);
      this.addEventListener("message", ({ data }) => note("in", data));
    }
    postMessage(...given) {
      note("out", given[0]);
      super.postMessage(...given);
    }
  };

  function note(way, data) {
    if (typeof data?.type !== "string") return;
    if (way === "in") mark(data.type);
    if (messages.length < 10_000) messages.push([way, data.type, now()]);
  }

  // One press: the page queues it, or starts Python for it.
  function pressInLesson() {
    if (marks.pressed) return;
    const cell = document.querySelector("py-cell");
    const run = cell && [...cell.querySelectorAll("button")].find((one) => one.textContent.trim() === plan.run);
    if (!shown(run)) return;
    mark("pressed");
    run.click();
  }

  // Again and again until the cell is seen to wait or run: JupyterLab drops presses that come too early.
  function pressInNotebook() {
    const cell = document.querySelector(".jp-Notebook .jp-CodeCell");
    if (!shown(cell)) return;
    mark("cell");
    document.querySelector(".jp-Dialog .jp-mod-accept")?.click();
    const kernel = document.querySelector(".jp-KernelName")?.textContent.trim();
    if (kernel !== plan.kernel || marks.taken || now() < nextPress) return;
    mark("pressed");
    marks.presses = (marks.presses ?? 0) + 1;
    nextPress = now() + AGAIN_MS * PATIENCE ** (marks.presses - 1);
    const key = { key: "Enter", code: "Enter", keyCode: 13, ctrlKey: true, bubbles: true, cancelable: true };
    const place = cell.querySelector(".cm-content") ?? cell;
    place.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
    place.focus();
    place.dispatchEvent(new KeyboardEvent("keydown", key));
  }

  // Not from the observer: what a press changes in the page would call it again at once.
  const press = { lesson: pressInLesson, notebook: pressInNotebook }[plan.act] ?? (() => {});

  function look() {
    if (plan.act === "notebook" && !marks.taken) {
      const prompt = document.querySelector(".jp-Notebook .jp-CodeCell .jp-InputPrompt");
      if (prompt?.textContent.trim() !== "[*]:") return; // what stands there is of an earlier visit
      mark("taken");
    }
    const output = document.querySelector(plan.output);
    if (!shown(output) || !output.textContent.includes(plan.text)) return;
    mark("output");
    observer.disconnect();
    clearInterval(pressing);
    globalThis.benchSeen({ ...marks });
  }

  globalThis.bench = { marks, messages, now };
  const observer = new MutationObserver(look);
  observer.observe(document, { childList: true, subtree: true, characterData: true });
  const pressing = setInterval(press, FRAME_MS);
})();
