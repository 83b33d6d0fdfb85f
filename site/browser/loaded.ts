/** What a page loaded before the service worker stood before it: the worker keeps it now, from the browser's own cache. */

import type { Errand } from "./errand.ts";

/** Have kept what this page and its frames loaded so far, and again once the worker has taken the page over. */
export async function reportLoaded(): Promise<void> {
  const service = navigator.serviceWorker;
  service.addEventListener("controllerchange", () => void report(), { once: true });
  await report();
}

async function report(): Promise<void> {
  const { active } = await navigator.serviceWorker.ready;
  const errand: Errand = { type: "loaded", addresses: loaded() };
  active?.postMessage(errand);
}

function loaded(): string[] {
  const frames = [...document.querySelectorAll("iframe")].map((frame) => frame.contentWindow);
  return [globalThis.window, ...frames].flatMap((page) => {
    try {
      return page ? [page.location.href, ...page.performance.getEntriesByType("resource").map(({ name }) => name)] : [];
    } catch {
      return []; // a frame of another origin
    }
  });
}
