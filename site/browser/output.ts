/** What a cell shows: text, errors, pictures and sanitised HTML, inside the cell's `<output>`. */

import { Ansi, type Piece, settle, shorten } from "./ansi.ts";
import { element } from "./element.ts";
import { t } from "./messages.ts";
import type { Bundle, Output } from "./protocol.ts";
import { script } from "./scripts.ts";

/** A cell shows so much, in characters of text and of pictures; what comes after is told and left out. */
const MOST_CHARACTERS = 2 ** 20;
const MOST_LINES = 10_000;
const MOST_OUTPUTS = 2_000;
/** Text that comes faster than a screen shows it is drawn together. */
const FRAME_MS = 16;
const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const TEXTS = ["text/markdown", "text/latex", "text/plain"];

/** Displays of the whole page that a program may change later, by their name. */
const displays = new Map<string, HTMLElement[]>();

export class OutputArea {
  private stream: StreamText | undefined;
  private characters = 0;
  private lines = 0;
  private outputs = 0;
  private cut = false;
  private clearLater = false;

  constructor(private readonly place: HTMLElement) {}

  clear(): void {
    this.place.replaceChildren();
    this.stream = undefined;
    this.characters = 0;
    this.lines = 0;
    this.outputs = 0;
    this.cut = false;
    this.clearLater = false;
  }

  add(output: Output): void {
    if (output.output_type === "clear_output") {
      if (output.wait) this.clearLater = true;
      else this.clear();
      return;
    }
    if (this.clearLater) this.clear();
    if (this.cut) return;
    if (output.output_type === "stream") {
      this.addText(output.name, this.beginning(output.text));
      if (this.cut) this.tellCut();
      return;
    }
    if (!this.fits(output)) {
      this.tellCut();
      return;
    }
    this.stream = undefined;
    if (output.output_type === "update_display_data") {
      const shown = displays.get(output.transient?.display_id ?? "") ?? [];
      for (const place of shown) place.replaceChildren(rich(output.data));
    } else if (output.output_type === "error") {
      this.place.append(traceback(output.traceback, `${output.ename}: ${output.evalue}`));
    } else {
      const place = element("div", { class: "py-display" }, rich(output.data));
      this.place.append(place);
      const name = output.transient?.display_id;
      if (name) displays.set(name, [...displays.get(name) ?? [], place]);
    }
  }

  private addText(name: "stdout" | "stderr", text: string): void {
    if (this.stream?.name !== name) {
      this.stream = new StreamText(name);
      this.place.append(this.stream.pre);
    }
    this.stream.append(text);
  }

  /** As much of a text as there is room for. */
  private beginning(text: string): string {
    let end = 0;
    while (end < text.length && this.lines < MOST_LINES) {
      const next = text.indexOf("\n", end);
      end = next < 0 ? text.length : next + 1;
      if (next >= 0) this.lines += 1;
    }
    end = Math.min(end, MOST_CHARACTERS - this.characters);
    this.characters += end;
    this.cut = end < text.length;
    return text.slice(0, end);
  }

  private fits(output: Exclude<Output, { output_type: "stream" }>): boolean {
    this.characters += size(output);
    if (output.output_type !== "update_display_data") this.outputs += 1;
    this.cut = this.characters > MOST_CHARACTERS || this.outputs > MOST_OUTPUTS;
    return !this.cut;
  }

  private tellCut(): void {
    this.stream = undefined;
    this.place.append(element("p", { class: "py-note", dir: "auto" }, t("cell.output_cut")));
  }
}

function size(output: Exclude<Output, { output_type: "stream" }>): number {
  if (output.output_type === "error") return output.traceback.join("").length;
  return output.output_type === "clear_output" ? 0 : JSON.stringify(output.data).length;
}

/** Text that grows. Only its last line can still be written over, so only that one is ever made anew. */
class StreamText {
  readonly pre: HTMLPreElement;
  private lastLine = element("span");
  private text = "";
  private overwrites = false;
  private ansi = new Ansi();
  private atLineStart = new Ansi();
  private coming = "";
  private drawn = -Infinity;
  private timer = 0;

  constructor(readonly name: "stdout" | "stderr") {
    this.pre = element("pre", { class: `py-text py-${name}` }, this.lastLine);
  }

  append(text: string): void {
    this.coming += text;
    const wait = this.drawn + FRAME_MS - performance.now();
    if (wait <= 0) this.draw();
    else this.timer ||= setTimeout(() => this.draw(), wait);
  }

  private draw(): void {
    clearTimeout(this.timer);
    this.timer = 0;
    this.drawn = performance.now();
    const text = this.coming;
    this.coming = "";
    const whole = text.replaceAll("\r\n", "\n");
    const end = whole.lastIndexOf("\n") + 1;
    if (end) {
      this.extend(whole.slice(0, end));
      this.lastLine = element("span");
      this.pre.append(this.lastLine);
      this.text = "";
      this.overwrites = false;
      this.atLineStart = this.ansi.copy();
    }
    this.extend(whole.slice(end));
  }

  private extend(text: string): void {
    this.overwrites ||= /[\r\b]/.test(text);
    if (this.overwrites) {
      this.text = shorten(this.text + text);
      this.ansi = this.atLineStart.copy();
      this.lastLine.replaceChildren(...spans(this.ansi.pieces(settle(this.text))));
    } else {
      this.text += text;
      this.lastLine.append(...spans(this.ansi.pieces(text)));
    }
  }
}

function spans(pieces: Piece[]): (Node | string)[] {
  return pieces.map((piece) => {
    if (!piece.classes.length && !piece.color && !piece.background) return piece.text;
    const span = element("span", { class: piece.classes.join(" ") }, piece.text);
    if (piece.color) span.style.color = piece.background ? piece.color : readable(piece.color);
    if (piece.background) span.style.backgroundColor = piece.background;
    return span;
  });
}

/** A program's own colour, nearer to the text's, so that it can be read on light and on dark. */
function readable(color: string): string {
  const mixed = `color-mix(in srgb, ${color} 60%, var(--md-code-fg-color))`;
  return CSS.supports("color", mixed) ? mixed : color;
}

function traceback(lines: string[], summary: string): HTMLElement {
  const text = lines.length ? lines.join("\n") : summary;
  return element("pre", { class: "py-text py-error" }, ...spans(new Ansi().pieces(text)));
}

function rich(data: Bundle): Node {
  const html = text(data, "text/html");
  if (html !== undefined) return sanitised(html, text(data, "text/plain") ?? html);
  const svg = text(data, "image/svg+xml");
  if (svg !== undefined) return drawing(svg);
  for (const type of PICTURES) {
    const picture = text(data, type);
    if (picture !== undefined) {
      return element("img", { src: `data:${type};base64,${picture.replace(/\s/g, "")}`, alt: t("cell.picture") });
    }
  }
  for (const type of TEXTS) {
    const plain = text(data, type);
    if (plain !== undefined) return element("pre", { class: "py-text" }, ...spans(new Ansi().pieces(plain)));
  }
  return element("pre", { class: "py-text" }, JSON.stringify(Object.values(data)[0] ?? null, null, 2));
}

function text(data: Bundle, type: string): string | undefined {
  const value = data[type];
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.join("") : undefined;
}

/**
 * A drawing as a picture: whatever the SVG holds, a browser runs and fetches nothing from a picture. As a `data:`
 * address, because a picture behind a `blob:` address is held to the page's policy and loses its own styles.
 */
function drawing(svg: string): HTMLImageElement {
  const title = /<title[^>]*>([^<&]*)<\/title>/.exec(svg)?.[1]?.trim();
  const named = /\sxmlns=/.test(svg) ? svg : svg.replace(/<svg\b/, '<svg xmlns="http://www.w3.org/2000/svg"');
  const address = `data:image/svg+xml,${encodeURIComponent(named)}`;
  return element("img", { src: address, alt: title || t("cell.picture") });
}

/** HTML made harmless, as soon as what does that is there; what cannot be made harmless is shown as text. */
function sanitised(html: string, instead: string): HTMLElement {
  const place = element("div", { class: "py-html md-typeset", dir: "auto" });
  fetchHtml().then(({ harmless }) => place.append(harmless(html))).catch((error) => {
    console.error(error);
    place.append(element("pre", { class: "py-text" }, instead));
  });
  return place;
}

let coming: Promise<typeof import("./html.ts")> | undefined;

/** The script that makes HTML harmless, fetched once; worth asking for as soon as a program runs. */
export function fetchHtml(): Promise<typeof import("./html.ts")> {
  coming ??= script("html");
  coming.catch(() => coming = undefined);
  return coming;
}
