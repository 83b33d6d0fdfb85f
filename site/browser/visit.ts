/** What every page loads, cells or not: the service worker, and what it has to say. */

import { config } from "./config.ts";
import { offer } from "./everything.ts";
import { reportLoaded } from "./loaded.ts";
import { watch } from "./news.ts";
import { quiet, register } from "./register.ts";
import { startOver } from "./starting.ts";

const registered = quiet()
  .then(() => globalThis.crossOriginIsolated ? startOver() : undefined) // else the worker has to bring that, and soon
  .then(() => register(config().root));
offer(registered);
const registration = await registered;
if (registration) {
  watch(registration);
  await reportLoaded();
}
