/** What every page loads, cells or not: the service worker. */

import { config } from "./config.ts";
import { quiet, register } from "./register.ts";

await quiet();
await register(config().root);
