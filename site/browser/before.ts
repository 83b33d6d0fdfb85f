/** The cells that ran since Python started: what is to be run again when Python has forgotten. */

export interface Runnable extends HTMLElement {
  run(): Promise<void>;
}

const ran = new Set<Runnable>();
let lost: Runnable[] = [];

/** A cell ran to its end, or to its error. */
export function remember(cell: Runnable): void {
  ran.add(cell);
}

/** Python has forgotten everything. */
export function forget(): void {
  if (ran.size) lost = [...ran];
  ran.clear();
}

/** Cells above this one that ran before Python forgot, in the order of the page. */
export function lostAbove(cell: HTMLElement): Runnable[] {
  const above = (one: Node, other: Node) =>
    Boolean(one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING);
  return lost.filter((one) => !ran.has(one) && above(one, cell)).sort((one, other) => above(one, other) ? -1 : 1);
}
