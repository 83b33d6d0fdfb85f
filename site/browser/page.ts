/** What every page with cells or a notebook loads: the custom elements. */

import { PyCell } from "./cell.ts";
import { defineFrame, NotebookOpener } from "./opener.ts";

customElements.define("py-cell", PyCell);
customElements.define("notebook-opener", NotebookOpener);
if (document.querySelector("notebook-frame")) void defineFrame();
