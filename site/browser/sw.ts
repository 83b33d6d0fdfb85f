/** The site's one service worker: isolates its pages, carries a waiting Python's questions, keeps what was visited. */

import { Answers } from "./answers.ts";
import { answer } from "./ask.ts";
import type { Errand, Survey } from "./errand.ts";
import { isolated } from "./isolate.ts";
import { type Listed, pathOf, successors } from "./list.ts";
import { Rest } from "./rest.ts";
import { type LastingEvent, scope } from "./scope.ts";
import { Shelf } from "./shelf.ts";

/** Written in by `lessons build`; empty where an author wants to see each change at once. */
const VERSION = (self as { passerelleVersion?: string }).passerelleVersion ?? "";
/** What stands in for a page that is not kept. */
const ALWAYS = ["offline/missing.html", "assets/css/offline.css"];

const shelf = new Shelf(scope.registration.scope);
const rest = new Rest(shelf, files);
const answers = new Answers(
  shelf,
  files,
  () => void scope.registration.update().catch(() => undefined),
  (file, event) => rest.touch(file, event),
);

let known: Promise<Map<string, Listed> | null> | undefined;

/** This version's files; null when it keeps none, or cannot. */
function files(): Promise<Map<string, Listed> | null> {
  if (!VERSION) return Promise.resolve(null);
  return known ??= shelf.list(VERSION).catch(() => null);
}

/** Take in this version: what is kept of the one before, in its new form. An incomplete one is tried again later. */
async function install(): Promise<void> {
  if (!VERSION) return scope.skipWaiting();
  const listed = await shelf.list(VERSION);
  const wanted = new Set(successors(await shelf.paths(), listed));
  for (const path of ALWAYS) {
    const file = listed.get(path);
    if (file) wanted.add(file);
  }
  for (const file of wanted) {
    const outcome = await shelf.fetch(file, "no-cache");
    if (outcome === "offline" || outcome === "changed") throw new Error(`${file.path}: ${outcome}`);
  }
}

async function activate(): Promise<void> {
  const listed = await files();
  await shelf.prune(VERSION, listed ?? new Map());
  await scope.clients.claim();
}

async function keepLoaded(addresses: string[], listed: Map<string, Listed>, event: LastingEvent): Promise<void> {
  for (const address of addresses) {
    const file = listed.get(pathOf(address, shelf.root) ?? "");
    if (!file) continue;
    rest.touch(file, event);
    await shelf.fetch(file, "force-cache");
  }
}

async function run(errand: Errand, event: LastingEvent): Promise<unknown> {
  const listed = await files() ?? new Map<string, Listed>();
  switch (errand.type) {
    case "loaded":
      return await keepLoaded(errand.addresses, listed, event);
    case "survey":
      return survey(listed, await shelf.keys());
    case "keep": {
      const file = listed.get(errand.path);
      return file ? await shelf.fetch(file, "default") : "changed";
    }
    case "take-over":
      return await takeOver();
  }
}

function survey(listed: Map<string, Listed>, kept: Set<string>): Survey {
  const found: Survey = {};
  for (const file of listed.values()) {
    const group = found[file.group] ??= { missing: [], bytes: 0 };
    const size = file.packed || file.size;
    group.bytes += size;
    if (!kept.has(shelf.key(file))) group.missing.push({ path: file.path, size });
  }
  return found;
}

/** Begin, unless another tab still shows the version before: its pages would be served from two. */
async function takeOver(): Promise<number> {
  const windows = await scope.clients.matchAll({ type: "window", includeUncontrolled: true });
  const others = windows.filter((client) => client.frameType !== "nested").length - 1;
  if (others > 0) return others;
  await scope.skipWaiting();
  return 0;
}

scope.addEventListener("install", (event) => event.waitUntil(install()));
scope.addEventListener("activate", (event) => event.waitUntil(activate()));
scope.addEventListener("message", (event) => {
  event.waitUntil(run(event.data as Errand, event).then((found) => event.ports[0]?.postMessage(found)));
});
scope.addEventListener("fetch", (event) => {
  const { request } = event;
  if (!request.url.startsWith(`${scope.location.origin}/`)) return;
  const answered = answer(request);
  if (answered) event.respondWith(answered.then(isolated));
  else if (request.method === "GET") event.respondWith(answers.to(event));
});
