/** Lets what is not urgent wait while Python starts: both want the processor and the network. */

const KEY = Symbol.for("passerelle.start"); // scripts of a page are bundled one by one, and share no variables

type Holder = { [KEY]?: Promise<unknown> };

/** Tell the page's other scripts of a start that is under way until a promise settles. */
export function announce(start: Promise<unknown>): void {
  (globalThis as Holder)[KEY] = start;
}

/** What waited for Python lets the program that was pressed come first. */
const PROGRAM_MS = 500;

/** Wait while Python starts, however that ends, and until the first program had its turn. */
export async function startOver(): Promise<void> {
  const start = (globalThis as Holder)[KEY];
  if (!start) return;
  await start.catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, PROGRAM_MS));
}
