/**
 * Names for the JavaScript objects that Python holds, so that an image can hold the names.
 *
 * Only functions and objects that belong to Pyodide itself can be held: each is written as the way that leads to it from
 * Pyodide's public or private API. An object without such a way would come back as something else: it stops the build.
 */

// deno-lint-ignore no-explicit-any
type Anything = any;

/** Where the ways begin: `public_api` is what `loadPyodide` returns, the rest is Pyodide's own. */
const ROOTS = ["public_api", "lockfile", ""];

/** The way to an object from Pyodide's API, such as `["public_api", "loadPackage"]`. Throws when there is none. */
export function name(value: Anything, api: Anything): string[] {
  for (const root of ROOTS) {
    const holder = root ? api[root] : api;
    if (!holder) continue;
    if (holder === value) return [root];
    for (let level = holder; level && level !== Object.prototype; level = Object.getPrototypeOf(level)) {
      for (const [key, property] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
        if ("value" in property && property.value === value) return [root, key];
      }
    }
  }
  throw new Error(`Python holds a JavaScript ${typeof value} that no image can keep: ${String(value).slice(0, 200)}`);
}

/** The object at the end of a way. Throws when it leads nowhere. */
export function find(way: string[], api: Anything): unknown {
  const [root = "", key] = way;
  const holder = root ? api[root] : api;
  const found = key === undefined ? holder : holder?.[key];
  if (found === undefined) throw new Error(`the image asks for ${way.join(".")}, which this Pyodide does not have`);
  return found;
}
