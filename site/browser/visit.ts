/** What every page loads, cells or not: the service worker, and what it has to say. */

import { config } from "./config.ts";
import { reportLoaded } from "./loaded.ts";
import { quiet, register } from "./register.ts";

await quiet();
const registration = await register(config().root);
if (registration) await reportLoaded();
