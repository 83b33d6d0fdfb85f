/** What the learner wrote in the cells of a lesson, kept in this browser. */

/** A kept text, and the author's text at that time. */
export interface Edit {
  text: string;
  original: string;
}

/** How often an exercise or a question was tried, and whether that was ever right. */
export interface Tried {
  tries: number;
  passed: boolean;
}

export const PREFIX = "passerelle/cell/";
/** What the name ends with under which is kept how often something was tried. */
export const TRIED = "/tried";

/** Where a cell's text is kept: by page and cell, the same in every language, since the code is the same. */
export function place(page: string, cell: string): string {
  return `${PREFIX}${page}#${cell}`;
}

export function read(storage: Storage | null, where: string): Edit | null {
  try {
    const found: unknown = JSON.parse(storage?.getItem(where) ?? "null");
    return isEdit(found) ? found : null;
  } catch {
    return null;
  }
}

/** Keep a text, or forget it when it is the author's own; false when this browser keeps nothing. */
export function keep(storage: Storage | null, where: string, edit: Edit): boolean {
  try {
    if (!storage) return false;
    if (edit.text === edit.original) storage.removeItem(where);
    else storage.setItem(where, JSON.stringify(edit));
    return true;
  } catch {
    return false;
  }
}

/** How an exercise or a question went so far. */
export function tried(storage: Storage | null, where: string): Tried {
  try {
    const found = JSON.parse(storage?.getItem(where + TRIED) ?? "null");
    if (isTried(found)) return found;
  } catch {
    // nothing is kept, or not by us
  }
  return { tries: 0, passed: false };
}

export function keepTried(storage: Storage | null, where: string, tried: Tried): void {
  try {
    storage?.setItem(where + TRIED, JSON.stringify(tried));
  } catch {
    // it counts for this visit
  }
}

/** This browser's storage; null where it is blocked. */
export function storage(): Storage | null {
  try {
    return globalThis.localStorage;
  } catch {
    return null;
  }
}

export function isTried(found: unknown): found is Tried {
  return typeof found === "object" && found !== null && "tries" in found && "passed" in found &&
    Number.isInteger(found.tries) && typeof found.passed === "boolean";
}

export function isEdit(found: unknown): found is Edit {
  return typeof found === "object" && found !== null && "text" in found && "original" in found &&
    typeof found.text === "string" && typeof found.original === "string";
}
