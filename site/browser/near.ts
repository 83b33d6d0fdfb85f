/** Fetching what a person may want next, where that costs them little. */

interface Connection {
  saveData?: boolean;
  type?: string;
  effectiveType?: string;
}

function connection(): Connection {
  return (navigator as Navigator & { connection?: Connection }).connection ?? {};
}

/** Whether the person asked their browser to save data. */
export function savesData(): boolean {
  return connection().saveData ?? false;
}

/** Whether bytes that nobody asked for would be slow to come, or paid for. */
function isDear(): boolean {
  const { type, effectiveType } = connection();
  return savesData() || type === "cellular" || /2g|3g/.test(effectiveType ?? "");
}

/** So far from what is seen is near, as a part of the window. */
const NEAR = "50%";

/** Act once, when the person has scrolled to where something is nearly in view; never where bytes are dear. */
export function whenNear(what: Element, act: () => void): void {
  if (typeof IntersectionObserver !== "function") return;
  globalThis.addEventListener("scroll", () => {
    if (isDear()) return;
    const watch = new IntersectionObserver((seen) => {
      if (!seen.some(({ isIntersecting }) => isIntersecting)) return;
      watch.disconnect();
      act();
    }, { rootMargin: NEAR });
    watch.observe(what);
  }, { once: true, passive: true });
}
