/**
 * Runs before JupyterLite in each of its pages: the site's service worker serves it too, in place of its own.
 *
 * JupyterLite unregisters what it does not know and registers a worker for its own folder, which would stand before
 * ours there. On plain http, where there is none, JupyterLite is told of one if our own server does its work.
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
  const ours = register(root).then(async (registration) => {
    if (!registration) throw new Error("service workers are not allowed here");
    for (const other of await all) {
      if (other.scope.startsWith(root) && other.scope !== root) void other.unregister();
    }
    await controlled(container);
    void reportLoaded();
    return registration;
  });
  ours.catch(() => undefined); // JupyterLite hears of it when it asks
  container.getRegistrations = () => Promise.resolve([]);
  container.getRegistration = () => ours;
  container.register = () => ours;
}

function standIn(root: string): void {
  const working = relayWorks(root).then((works) => {
    if (!works) throw new Error("nothing carries a program's questions here");
    return {};
  });
  working.catch(() => undefined);
  const container = { controller: null, getRegistration: () => Promise.resolve(undefined), register: () => working };
  Object.defineProperty(navigator, "serviceWorker", { value: container });
}

const script = document.currentScript;
if (script instanceof HTMLScriptElement) {
  const root = new URL("../../", script.src).href;
  if (navigator.serviceWorker) serve(navigator.serviceWorker, root);
  else if (!isSecureContext) standIn(root);
}
