/** Runs first in every page of JupyterLite: starts Python while the page loads, and gives it a Stop that stops. */

import { Carrier } from "./carrier.ts";
import { config } from "./config.ts";
import { Execution } from "./execution.ts";
import { type KernelOrders, Kernels } from "./kernels.ts";
import type { App } from "./lab.ts";
import { t } from "./messages.ts";
import { RunNotice } from "./running.ts";

/** What `lessons build` says about the kernel; addresses are relative to the page. */
interface Kernel {
  /** Our script for the kernel's worker. */
  worker: string;
  /** JupyterLite's script for it. */
  script: string;
  engine: string;
  options: Record<string, unknown>;
}

const STYLE = `
.nb-running {
  position: fixed;
  inset-block-end: 1rem;
  inset-inline: 1rem;
  z-index: 10000;
  display: flex;
  flex-wrap: wrap;
  gap: 8px;
  align-items: center;
  justify-content: center;
  inline-size: fit-content;
  margin-inline: auto;
  padding: 8px 16px;
  border: 1px solid var(--jp-border-color0);
  border-radius: 4px;
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color0);
  font: 16px/1.4 var(--jp-ui-font-family);
}
.nb-running[hidden], .nb-running [hidden] {
  display: none;
}
.nb-running p {
  margin: 0;
}
.nb-running .nb-button {
  min-block-size: 44px;
  min-inline-size: 44px;
  padding-inline: 12px;
  border: 1px solid currentcolor;
  border-radius: 4px;
  background: none;
  color: inherit;
  font: inherit;
  cursor: pointer;
}
.nb-running .nb-button:focus-visible {
  outline: 3px solid var(--jp-brand-color1);
  outline-offset: 2px;
}
`;

declare global {
  var jupyterapp: App | undefined;
  var passerelleExecution: Execution | undefined;
}

function absolute(address: string): string {
  return new URL(address, document.baseURI).href;
}

/**
 * Start Python while the page loads: at once where the files are kept here, else when JupyterLab itself has come, which
 * on a first visit would lose more by sharing network and processor than Python gains.
 */
function startPython(app: Promise<App>): Kernels {
  const { kernel } = config() as unknown as { kernel: Kernel };
  const addressed = Object.entries(kernel.options).map(([key, value]) => [
    key,
    key.endsWith("URL") ? absolute(String(value)) : value,
  ]);
  const orders = (script: string) => ({
    script,
    engine: absolute(kernel.engine),
    options: Object.fromEntries(addressed),
    way: way(isolated),
    noInput: t("lite.no_input"),
  });
  const isolated = hideIsolation();
  const kernels = new Kernels(absolute(kernel.worker), orders, new Carrier(absolute(config().root)));
  void hasServiceWorker().then((heard) => {
    const start = () => kernels.startEarly(absolute(kernel.script));
    if (heard) start();
    else void app.then(start);
  });
  return kernels;
}

/** How a worker that begins now can ask: the service worker hears it only if it hears this page already. */
function way(isolated: boolean): KernelOrders["way"] {
  if (navigator.serviceWorker?.controller) return undefined;
  if (isolated) return "memory";
  return isSecureContext ? undefined : "relay";
}

/** Whether the site's service worker answers for this page; lite-visit.ts has taken care of it before. */
async function hasServiceWorker(): Promise<boolean> {
  const service = navigator.serviceWorker;
  if (!service) return false;
  if (!service.controller) await service.getRegistration().catch(() => undefined);
  return Boolean(service.controller);
}

/**
 * Let JupyterLite ask for files and input by requests, even where it could share memory: its own calls over shared
 * memory lose answers on a busy machine, and a cell then never ends. Returns whether the page is isolated.
 */
function hideIsolation(): boolean {
  const { crossOriginIsolated } = globalThis;
  Object.defineProperty(globalThis, "crossOriginIsolated", { value: false });
  return crossOriginIsolated;
}

/** Wait for JupyterLab's application, which it puts into a global variable. */
function application(): Promise<App> {
  return new Promise((resolve) => {
    Object.defineProperty(globalThis, "jupyterapp", {
      configurable: true,
      set(app: App) {
        Object.defineProperty(globalThis, "jupyterapp", { value: app, writable: true });
        openAtOnce(app);
        resolve(app);
      },
    });
  });
}

/**
 * Let the notebook open at once: JupyterLab saves its workspace before, half a second after the last change to it.
 * Source: jupyterlab 4.6, packages/apputils-extension/src/index.ts, the command `apputils:load-statedb`.
 */
function openAtOnce(app: App): void {
  const execute = app.commands.execute.bind(app.commands);
  app.commands.execute = (id, options) => {
    const done = execute(id, options);
    return id === "apputils:load-statedb" ? Promise.resolve() : done;
  };
}

async function watch(coming: Promise<App>): Promise<void> {
  const kernels = startPython(coming);
  const app = await coming;
  const look = async () => {
    const { context, content } = app.shell.currentWidget ?? {};
    if (!context || !content || globalThis.passerelleExecution) return;
    await context.ready;
    if (globalThis.passerelleExecution) return;
    const execution = new Execution(app, context, content, kernels);
    globalThis.passerelleExecution = execution;
    if (!globalThis.frameElement) document.body.append(ownNotice(execution));
  };
  app.shell.currentChanged.connect(() => void look());
  await look();
}

/** Over JupyterLite in a tab of its own; in a frame, our bar says it. */
function ownNotice(execution: Execution): HTMLElement {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  document.adoptedStyleSheets.push(sheet);
  return new RunNotice(execution).element;
}

watch(application()).catch(console.error);
