/** What an error means, in the page's language, above Python's own words; a script of its own, for who makes one. */

import { config } from "./config.ts";
import { element } from "./element.ts";
import { t } from "./messages.ts";
import type { Explained } from "./protocol.ts";

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

function catalogue(): Promise<Catalogue> {
  coming ??= fetch(new URL(config().errors, document.baseURI)).then((answer) => answer.json());
  coming.catch(() => coming = undefined);
  return coming;
}

/** A sentence with its values, and its words of Python, as code. */
function filled(sentence: string, values: Record<string, string>, kinds: Record<string, string>): (Node | string)[] {
  return sentence.split(/(`[^`]*`|\{\w+\}(?:\{\w+\})*)/).flatMap((part, place) => {
    if (place % 2 === 0) return part ? [part] : [];
    if (part.startsWith("`")) return [code(part.slice(1, -1))];
    const names = part.slice(1, -1).split("}{");
    const kind = names[0]!.startsWith("kind") ? kinds[values[names[0]!] ?? ""] : undefined;
    const value = code(names.map((name) => values[name] ?? "?").join(""));
    return kind ? [`${kind} (`, value, ")"] : [value];
  });
}

/** Python's words stand from left to right, whatever is around them. */
function code(text: string): HTMLElement {
  return element("code", { dir: "ltr", translate: "no" }, text);
}
