/** How the service worker answers for the site's files: from the shelf, else from the network, never from two versions. */

import { isolated } from "./isolate.ts";
import { addressOf, lasts, type Listed, pathOf } from "./list.ts";
import { missing } from "./missing.ts";
import type { FetchEvent } from "./scope.ts";
import { comesBare, type Shelf, unpacked } from "./shelf.ts";

export class Answers {
  /** Pages that came from a newer site than this worker's: all that they ask for comes from there too. */
  private readonly ahead = new Set<string>();

  constructor(
    private readonly shelf: Shelf,
    private readonly files: () => Promise<Map<string, Listed> | null>,
    private readonly moved: () => void,
    private readonly used: (file: Listed, event: FetchEvent) => void,
  ) {}

  async to(event: FetchEvent): Promise<Response> {
    const { request } = event;
    const files = await this.files();
    const path = pathOf(request.url, this.shelf.root);
    const file = path === null ? undefined : files?.get(path);
    if (this.ahead.has(event.clientId)) {
      if (event.resultingClientId) this.ahead.add(event.resultingClientId);
      return isolated(await fetch(upToDate(request)));
    } else if (file && !request.headers.has("range")) {
      this.used(file, event);
      return await this.shelf.get(file) ?? await this.fetched(file, event);
    } else if (path?.endsWith(".gz") && files?.get(path.slice(0, -3))) {
      return await this.packed(files.get(path.slice(0, -3)) as Listed, event);
    } else if (files?.has(`${path}/index.html`) && request.mode === "navigate") {
      const { search } = new URL(request.url);
      return Response.redirect(`${addressOf(`${path}/index.html`, this.shelf.root)}${search}`);
    }
    return await this.network(event, files);
  }

  private async fetched(file: Listed, event: FetchEvent): Promise<Response> {
    if (lasts(file.path)) {
      const answer = await this.network(event, null);
      // The engine drops what comes bare and asks for its `.gz`; a script's answer cannot be dropped.
      const dropped = event.request.destination === "" && comesBare(answer, file);
      if (answer.ok && !dropped) event.waitUntil(this.shelf.put(file, answer.clone()));
      return answer;
    }
    const outcome = await this.shelf.fetch(file, event.request.cache === "no-cache" ? "no-cache" : "default");
    const kept = outcome === "kept" ? await this.shelf.get(file) : undefined;
    if (kept) return kept;
    if (outcome === "changed") this.leave(event);
    return await this.network(event, await this.files());
  }

  /** The `.gz` beside a file, which the engine asks for on a host that does not compress: the file is kept out of it. */
  private async packed(file: Listed, event: FetchEvent): Promise<Response> {
    this.used(file, event);
    const kept = await this.shelf.get(file);
    if (kept?.body) return new Response(kept.body.pipeThrough(new CompressionStream("gzip")));
    const answer = await this.network(event, null);
    if (answer.ok) event.waitUntil(this.shelf.put(file, unpacked(answer.clone(), file)));
    return answer;
  }

  /** The site is newer than this worker: a page comes from there as a whole, and the new worker is sent for. */
  private leave(event: FetchEvent): void {
    if (event.resultingClientId) this.ahead.add(event.resultingClientId);
    this.moved();
  }

  private async network(event: FetchEvent, files: Map<string, Listed> | null): Promise<Response> {
    try {
      return isolated(await fetch(event.request));
    } catch (error) {
      if (!files || event.request.mode !== "navigate") throw error;
      return await missing(this.shelf, files);
    }
  }
}

/** The same request past what the browser's own cache holds of an older site. A page's own is past it already. */
function upToDate(request: Request): Request {
  const lasting = lasts(new URL(request.url).pathname);
  return lasting || request.mode === "navigate" ? request : new Request(request, { cache: "no-cache" });
}
