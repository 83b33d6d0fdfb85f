/** What the page tells about its notebook: the assignment's releases, the language, where JupyterLite is. */

import type { GradedCell } from "./checks.ts";

export interface Release {
  course: string;
  assignment: string;
  hash: string;
  notebooks: string[];
  addresses: string[];
  cells: GradedCell[];
  /** Path of the notebook on the drive. */
  notebook: string;
}

export interface PageNotebook {
  lang: string;
  /** Address of JupyterLite, with a slash at the end. */
  lite: string;
  /** Releases of the page's assignment, one a course; empty on other pages. */
  releases: Release[];
}

export function pageNotebook(): PageNotebook {
  const written = JSON.parse(document.getElementById("passerelle")?.textContent ?? "{}");
  return { lang: written.lang ?? "fr", lite: written.lite ?? "lite/", releases: written.assignment?.releases ?? [] };
}
