/** What every page with cells or a notebook loads: the custom elements. */

import { PyCell } from "./cell.ts";
import { NotebookFrame } from "./frame.ts";
import { NotebookOpener } from "./opener.ts";

customElements.define("py-cell", PyCell);
customElements.define("notebook-frame", NotebookFrame);
customElements.define("notebook-opener", NotebookOpener);
