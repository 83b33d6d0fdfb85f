/** What an error means, in the page's language, above Python's own words; a script of its own, for who makes one. */

import { config } from "./config.ts";
import { element } from "./element.ts";
import { t } from "./messages.ts";
import type { Explained } from "./protocol.ts";
import { code, filled } from "./sentence.ts";

/** Names of types in words; for each key what an error means, and what to try. */
type Catalogue = { kinds: Record<string, string> } & Record<string, [string, string]>;

let coming: Promise<Catalogue> | undefined;

/** Puts an explanation before an error, once; false where there is none, or no network to get it. */
export async function explain(error: Explained, shown: Element): Promise<boolean> {
  const texts = await catalogue().catch(() => undefined);
  const sentences = texts?.[error.key] ?? texts?.other;
  if (!texts || !sentences || !shown.isConnected || shown.previousElementSibling?.matches(".py-explained")) {
    return false;
  }
  const [what, attempt] = sentences.map((sentence) => filled(sentence, error.values, texts.kinds));
  const { lang } = config();
  const explained = element("div", {
    class: "py-explained",
    lang,
    dir: getComputedStyle(document.documentElement).direction,
  });
  explained.append(element("p", { class: "py-what" }, ...what!));
  if (error.line && error.text) {
    const line = element("strong", {}, t("explain.line", { line: error.line }));
    explained.append(element("p", { class: "py-where" }, line, " ", code(error.text)));
  }
  explained.append(element("p", {}, element("strong", {}, t("explain.try")), " ", ...attempt!));
  shown.before(explained);
  return true;
}

/** Names of types in words. */
export async function kinds(): Promise<Record<string, string>> {
  return (await catalogue()).kinds;
}

/** What an error means, in one sentence. */
export async function meaning(error: Explained): Promise<(Node | string)[]> {
  const texts = await catalogue();
  const [what] = texts[error.key] ?? texts.other!;
  return filled(what, error.values, texts.kinds);
}

function catalogue(): Promise<Catalogue> {
  coming ??= fetch(new URL(config().errors, document.baseURI)).then((answer) => answer.json());
  coming.catch(() => coming = undefined);
  return coming;
}
