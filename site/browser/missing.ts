/** The page in place of one that is not kept while there is no network: it says so, and links to the kept ones. */

import { isolated } from "./isolate.ts";
import { addressOf, type Listed } from "./list.ts";
import type { Shelf } from "./shelf.ts";

const PAGE = "offline/missing.html";
const TITLE = /<html lang="(\w+)"[^]*?<title>([^<]*)<\/title>/;

/** `files`: those of the version whose pages are linked to. */
export async function missing(shelf: Shelf, files: Map<string, Listed>): Promise<Response> {
  const file = files.get(PAGE);
  const page = file && await shelf.get(file);
  if (!page) return Response.error();
  const links = await pages(shelf, files);
  const text = (await page.text())
    .replaceAll("{root}", new URL(shelf.root).pathname)
    .replace(/\{pages:(\w+)\}/g, (_, language: string) => (links.get(language) ?? []).join(""));
  const headers = { "content-type": "text/html; charset=utf-8" };
  return isolated(new Response(text, { status: 503, headers }));
}

/** Links to kept pages, by language, as HTML; titles are HTML already. */
async function pages(shelf: Shelf, files: Map<string, Listed>): Promise<Map<string, string[]>> {
  const links = new Map<string, string[]>();
  for (const file of files.values()) {
    if (!file.path.endsWith("index.html") || file.path.startsWith("lite/")) continue;
    const [, language, title] = TITLE.exec(await (await shelf.get(file))?.text() ?? "") ?? [];
    if (!language) continue;
    const link = `<li><a href="${new URL(addressOf(file.path, shelf.root)).pathname}">${title}</a></li>`;
    links.set(language, [...links.get(language) ?? [], link]);
  }
  return links;
}
