/** The site's one service worker, at its root: registered once a page is read and quiet, silent where none can be. */

const SCRIPT = "sw.js";

/** The registration that serves the site whose root is at `root`; null where browser, address or person allow none. */
export async function register(root: string): Promise<ServiceWorkerRegistration | null> {
  try {
    const address = new URL(SCRIPT, new URL(root, document.baseURI));
    return await navigator.serviceWorker.register(address, { updateViaCache: "none" });
  } catch {
    return null; // plain http, a private window, storage switched off: the site works without
  }
}

/** Wait until the page is loaded and has nothing better to do. */
export function quiet(): Promise<void> {
  return new Promise((resolve) => {
    const rest = () => "requestIdleCallback" in globalThis ? requestIdleCallback(() => resolve()) : setTimeout(resolve);
    if (document.readyState === "complete") rest();
    else addEventListener("load", rest, { once: true });
  });
}
