/** The files of one version of the site, as `lessons build` lists them: what an address means, what a new version needs. */

/** First 96 bits of the file's SHA-256 in base64url, its size in bytes, and that of the `.gz` beside it. */
export type Entry = [hash: string, size: number, packed?: number];

export interface List {
  /** The language whose pages lie at the root. */
  source: string;
  /** Group → path below the site's root → entry. Source: build_scripts/offline.py. */
  groups: Record<string, Record<string, Entry>>;
}

export interface Listed {
  path: string;
  group: string;
  hash: string;
  size: number;
  /** Bytes of the `.gz` beside it; 0 when there is none. */
  packed: number;
}

const NAMED_AFTER_CONTENT = /[.-][0-9a-f]{7,}(?=[.-])/;

/** Every file of a list by its path. */
export function byPath(list: List): Map<string, Listed> {
  const files = new Map<string, Listed>();
  for (const [group, paths] of Object.entries(list.groups)) {
    for (const [path, [hash, size, packed = 0]] of Object.entries(paths)) {
      files.set(path, { path, group, hash, size, packed });
    }
  }
  return files;
}

/** The path below the root that an address means, a folder standing for its page; null outside the site. */
export function pathOf(address: string, root: string): string | null {
  const { origin, pathname } = new URL(address);
  const below = `${origin}${pathname}`;
  if (!below.startsWith(root)) return null;
  let path: string;
  try {
    path = decodeURIComponent(below.slice(root.length));
  } catch {
    return null;
  }
  return path === "" || path.endsWith("/") ? `${path}index.html` : path;
}

/** The address of a path: a page's is its folder's, which every host knows, while some send `index.html` elsewhere. */
export function addressOf(path: string, root: string): string {
  const plain = path.replace(/(^|\/)index\.html$/, "$1");
  return root + plain.split("/").map(encodeURIComponent).join("/");
}

/** Whether a file can never change under its name, so that a later look at its bytes is soon enough. */
export function lasts(path: string): boolean {
  return NAMED_AFTER_CONTENT.test(path.slice(path.lastIndexOf("/") + 1));
}

/**
 * The files of a new version that stand for the kept ones: the same paths, and for names that carry a hash those that
 * differ by it only.
 */
export function successors(kept: Iterable<string>, files: Map<string, Listed>): Listed[] {
  const stems = new Map<string, Listed[]>();
  for (const file of files.values()) {
    if (lasts(file.path)) stems.set(stem(file.path), [...stems.get(stem(file.path)) ?? [], file]);
  }
  const found = new Set<Listed>();
  for (const path of kept) {
    const same = files.get(path);
    if (same) found.add(same);
    else if (lasts(path)) { for (const file of stems.get(stem(path)) ?? []) found.add(file); }
  }
  return [...found];
}

function stem(path: string): string {
  const slash = path.lastIndexOf("/") + 1;
  return path.slice(0, slash) + path.slice(slash).replace(NAMED_AFTER_CONTENT, "-*");
}
