/** QR codes as SVG. */

import qrcode from "qrcode-generator";

const SVG = "http://www.w3.org/2000/svg";
const QUIET_MODULES = 4;

/** The QR code of an ASCII text, error correction L, with its quiet zone. Throws when the text is too long for one. */
export function qr(text: string, label: string): SVGSVGElement {
  const code = qrcode(0, "L");
  code.addData(text, "Byte");
  code.make();
  const count = code.getModuleCount();
  const size = count + 2 * QUIET_MODULES;
  let dark = "";
  for (let row = 0; row < count; row++) {
    for (let column = 0; column < count; column++) {
      if (code.isDark(row, column)) dark += `M${column + QUIET_MODULES} ${row + QUIET_MODULES}h1v1h-1z`;
    }
  }
  const svg = shape("svg", { viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": label, class: "ps-qr" });
  svg.append(
    shape("rect", { width: String(size), height: String(size), fill: "#fff" }),
    shape("path", { d: dark, fill: "#000", "shape-rendering": "crispEdges" }),
  );
  return svg;
}

function shape<Name extends keyof SVGElementTagNameMap>(name: Name, attributes: Record<string, string>) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
