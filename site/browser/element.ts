/** Make elements in one line. */

type Attributes = Record<string, string | boolean | ((event: Event) => void)>;

/**
 * An element with attributes and children. An attribute that begins with `on` is a listener; `true` is an attribute
 * without a value, `false` none at all.
 */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

export function button(label: string, act: () => void, kind = ""): HTMLButtonElement {
  return element("button", { type: "button", class: `nb-button ${kind}`.trim(), onclick: act }, label);
}

/** Give the person a file, as if they had followed a download link. */
export function download(name: string, bytes: Uint8Array<ArrayBuffer>, type: string): void {
  const address = URL.createObjectURL(new Blob([bytes], { type }));
  const link = element("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
