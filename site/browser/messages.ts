/** Sentences for learners, in the page's language. They live in `site/theme/messages/<lang>.json`. */

import { config } from "./config.ts";

export type Values = Record<string, string | number>;

/** Put values in the place of their `{names}`; a name without a value stays. */
export function fill(text: string, values: Values = {}): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => name in values ? String(values[name]) : whole);
}

/** The sentence of a key; the key itself when the catalogue lacks it, so that a mistake is seen. */
export function t(key: string, values: Values = {}): string {
  return fill(config().messages[key] ?? key, values);
}
