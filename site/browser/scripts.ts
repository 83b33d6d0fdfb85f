/** Scripts that come when they are needed, which keeps small what everybody fetches. */

import { config } from "./config.ts";

interface Scripts {
  cards: typeof import("./cards.ts");
  editor: typeof import("./editor.ts");
  exercise: typeof import("./exercise.ts");
  explain: typeof import("./explain.ts");
  frame: typeof import("./frame.ts");
  glossary: typeof import("./glossary.ts");
  html: typeof import("./html.ts");
  join: typeof import("./join.ts");
  keys: typeof import("./keys.ts");
  mine: typeof import("./mine.ts");
  question: typeof import("./question.ts");
  reading: typeof import("./reading.ts");
}

/** Fetch a script, once for a page; rejects without a network, and may then be asked for again. */
export function script<Name extends keyof Scripts>(name: Name): Promise<Scripts[Name]> {
  return import(new URL(config().scripts[name] ?? "", document.baseURI).href);
}
