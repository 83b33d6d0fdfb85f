/** Sentences in which words of Python stand. */

import { element } from "./element.ts";

/**
 * A sentence with its values, and what is between backticks, as code.
 *
 * @param values By the names that stand in braces; one whose name begins with `kind` is the name of a type.
 * @param kinds Names of types in words.
 */
export function filled(
  sentence: string,
  values: Record<string, unknown>,
  kinds: Record<string, string>,
): (Node | string)[] {
  return sentence.split(/(`[^`]*`|\{\w+\}(?:\{\w+\})*)/).flatMap((part, place) => {
    if (place % 2 === 0) return part ? [part] : [];
    if (part.startsWith("`")) return [code(part.slice(1, -1))];
    const names = part.slice(1, -1).split("}{");
    const kind = names[0]!.startsWith("kind") ? kinds[String(values[names[0]!])] : undefined;
    const value = code(names.map((name) => String(values[name] ?? "?")).join(""));
    return kind ? [`${kind} (`, value, ")"] : [value];
  });
}

/** Python's words stand from left to right, whatever is around them. */
export function code(text: string): HTMLElement {
  return element("code", { dir: "ltr", translate: "no" }, text);
}
