/** The site's one service worker: isolates its pages, and carries the questions of a waiting Python to its page. */

import { answer } from "./ask.ts";
import { isolated } from "./isolate.ts";
import { type FetchEvent, scope } from "./scope.ts";

scope.addEventListener("activate", (event) => event.waitUntil(scope.clients.claim()));

scope.addEventListener("fetch", (event: FetchEvent) => {
  const { request } = event;
  if (!request.url.startsWith(`${scope.location.origin}/`)) return;
  const answered = answer(request);
  if (answered) event.respondWith(answered.then(isolated));
  else if (request.method === "GET") event.respondWith(fetch(request).then(isolated));
});
