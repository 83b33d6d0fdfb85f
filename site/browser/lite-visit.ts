/**
 * Runs before JupyterLite in each of its pages: the site's service worker serves it too, in place of its own.
 *
 * JupyterLite unregisters what it does not know and registers a worker for its own folder, which would stand before
 * ours there. Where there is none, JupyterLite is told of one if shared memory or our own server does its work.
 * Source: jupyterlite 0.8.6, packages/apputils/src/service-worker-manager.ts.
 */

import { reportLoaded } from "./loaded.ts";
import { register } from "./register.ts";
import { relayWorks } from "./relay.ts";

/** Longer than any activation takes; a page without its worker must still open. */
const PATIENCE_MS = 10_000;

function controlled(container: ServiceWorkerContainer): Promise<void> {
  return new Promise((resolve) => {
    if (container.controller) resolve();
    container.addEventListener("controllerchange", () => resolve(), { once: true });
    setTimeout(resolve, PATIENCE_MS);
  });
}

function serve(container: ServiceWorkerContainer, root: string): void {
  const all = container.getRegistrations();
  const registered = register(root).then(async (registration) => {
    if (!registration) return await otherwise(root) as ServiceWorkerRegistration;
    for (const other of await all) {
      if (other.scope.startsWith(root) && other.scope !== root) void other.unregister();
    }
    await controlled(container);
    void reportLoaded();
    return registration;
  });
  registered.catch(() => undefined); // JupyterLite hears of it when it asks
  // Registering again takes seconds, and a notebook that opens before would not reach its files.
  const ours = container.controller ? container.ready : registered;
  container.getRegistrations = () => Promise.resolve([]);
  container.getRegistration = () => ours;
  container.register = () => ours;
}

/** Rejects unless a program's questions are carried without a service worker. */
async function otherwise(root: string): Promise<object> {
  if ("SharedArrayBuffer" in globalThis) return {}; // the page is isolated
  if (!isSecureContext && await relayWorks(root)) return {};
  throw new Error("nothing carries a program's questions here");
}

function standIn(root: string): void {
  const working = otherwise(root);
  working.catch(() => undefined);
  const container = { controller: null, getRegistration: () => Promise.resolve(undefined), register: () => working };
  Object.defineProperty(navigator, "serviceWorker", { value: container });
}

const script = document.currentScript;
if (script instanceof HTMLScriptElement) {
  const root = new URL("../../", script.src).href;
  if (navigator.serviceWorker) serve(navigator.serviceWorker, root);
  else standIn(root);
}
