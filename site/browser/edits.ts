/** What the learner wrote in the cells of a lesson, kept in this browser. */

/** A kept text, and the author's text at that time. */
export interface Edit {
  text: string;
  original: string;
}

const PREFIX = "passerelle/cell/";

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

/** This browser's storage; null where it is blocked. */
export function storage(): Storage | null {
  try {
    return globalThis.localStorage;
  } catch {
    return null;
  }
}

function isEdit(found: unknown): found is Edit {
  return typeof found === "object" && found !== null && "text" in found && "original" in found &&
    typeof found.text === "string" && typeof found.original === "string";
}
