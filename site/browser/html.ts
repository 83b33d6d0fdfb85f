/** HTML of a program, made harmless; a script of its own, because few programs show any. */

import DOMPurify from "dompurify";

/** HTML without anything that runs, asks for input or changes the page around it; inline styles go through the CSSOM. */
export function harmless(html: string): DocumentFragment {
  const fragment = DOMPurify.sanitize(html, {
    USE_PROFILES: { html: true },
    FORBID_TAGS: ["style", "form", "input", "button", "textarea", "select", "dialog"],
    FORBID_ATTR: ["style", "class", "id", "name", "background"],
    RETURN_DOM_FRAGMENT: true,
  });
  for (const link of fragment.querySelectorAll("a[href]")) {
    link.setAttribute("rel", "noopener noreferrer");
    link.setAttribute("target", "_blank");
  }
  return fragment;
}
