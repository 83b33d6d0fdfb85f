/** Terminal text: colours by escape sequences, carriage returns, backspaces. */

/** A piece of text in one style. */
export interface Piece {
  text: string;
  /** Class names: `ansi-bold`, `ansi-italic`, `ansi-underline`, `ansi-fg-0`…`15`, `ansi-bg-0`…`15`. */
  classes: string[];
  /** CSS colours that are not among the sixteen. */
  color?: string;
  background?: string;
}

interface Style {
  bold: boolean;
  italic: boolean;
  underline: boolean;
  fg: number | string | null;
  bg: number | string | null;
}

const PLAIN: Style = { bold: false, italic: false, underline: false, fg: null, bg: null };
// deno-fmt-ignore
// deno-lint-ignore no-control-regex -- escape sequences are what this module is about
const ESCAPE = /\x1b\[([0-9;:]*)m|\x1b\[[0-?]*[ -\/]*[@-~]|\x1b\][^\x07]*(?:\x07|\x1b\\)/g;

/** Splits text into styled pieces; remembers the style from one text to the next. */
export class Ansi {
  constructor(private style: Style = { ...PLAIN }) {}

  /** Another one that goes on from the same style. */
  copy(): Ansi {
    return new Ansi({ ...this.style });
  }

  /**
   * The pieces of a text.
   *
   * Source: ECMA-48, 5th edition, 8.3.117 (SGR); 256 colours as xterm has them.
   */
  pieces(text: string): Piece[] {
    const found: Piece[] = [];
    let last = 0;
    for (const escape of text.matchAll(ESCAPE)) {
      this.add(found, text.slice(last, escape.index));
      last = escape.index + escape[0].length;
      if (escape[1] !== undefined) this.apply(escape[1]);
    }
    this.add(found, text.slice(last));
    return found;
  }

  private add(found: Piece[], text: string): void {
    if (!text) return;
    const { bold, italic, underline, fg, bg } = this.style;
    const piece: Piece = { text, classes: [] };
    if (bold) piece.classes.push("ansi-bold");
    if (italic) piece.classes.push("ansi-italic");
    if (underline) piece.classes.push("ansi-underline");
    if (typeof fg === "number") piece.classes.push(`ansi-fg-${fg}`);
    if (typeof bg === "number") piece.classes.push(`ansi-bg-${bg}`);
    if (typeof fg === "string") piece.color = fg;
    if (typeof bg === "string") piece.background = bg;
    found.push(piece);
  }

  private apply(parameters: string): void {
    const codes = parameters.split(/[;:]/).map(Number);
    for (let at = 0; at < codes.length; at++) {
      const code = codes[at] ?? 0;
      if (code === 38 || code === 48) {
        const [color, used] = extended(codes.slice(at + 1));
        this.style[code === 38 ? "fg" : "bg"] = color;
        at += used;
      } else {
        this.simple(code);
      }
    }
  }

  private simple(code: number): void {
    const style = this.style;
    if (code === 0) this.style = { ...PLAIN };
    else if (code === 1) style.bold = true;
    else if (code === 3) style.italic = true;
    else if (code === 4) style.underline = true;
    else if (code === 22) style.bold = false;
    else if (code === 23) style.italic = false;
    else if (code === 24) style.underline = false;
    else if (code === 39) style.fg = null;
    else if (code === 49) style.bg = null;
    else if (code >= 30 && code <= 37) style.fg = code - 30;
    else if (code >= 40 && code <= 47) style.bg = code - 40;
    else if (code >= 90 && code <= 97) style.fg = code - 82;
    else if (code >= 100 && code <= 107) style.bg = code - 92;
  }
}

/** The colour after 38 or 48, and how many numbers tell it. */
function extended(codes: number[]): [number | string | null, number] {
  const [kind, first = 0, second = 0, third = 0] = codes;
  if (kind === 2) return [`rgb(${first}, ${second}, ${third})`, 4];
  if (kind !== 5) return [null, 0];
  if (first < 16) return [first, 2];
  if (first >= 232) {
    const grey = 8 + 10 * (first - 232);
    return [`rgb(${grey}, ${grey}, ${grey})`, 2];
  }
  const level = (value: number) => value ? 55 + 40 * value : 0;
  const cube = first - 16;
  return [`rgb(${level(Math.floor(cube / 36))}, ${level(Math.floor(cube / 6) % 6)}, ${level(cube % 6)})`, 2];
}

/** Text as a terminal shows it: after a carriage return the line is written over, a backspace goes back one. */
export function settle(text: string): string {
  return text.split("\n").map(settleLine).join("\n");
}

/**
 * A shorter line that looks the same and goes on the same: what was written over before the last carriage return is
 * forgotten, so that a counter in an endless loop stays one line long.
 */
export function shorten(line: string): string {
  const last = line.lastIndexOf("\r");
  return last < 0 ? line : `${settleLine(line.slice(0, last))}\r${line.slice(last + 1)}`;
}

function settleLine(line: string): string {
  if (!/[\r\b]/.test(line)) return line;
  const shown: string[] = [];
  let at = 0;
  for (const character of line) {
    if (character === "\r") at = 0;
    else if (character === "\b") at = Math.max(0, at - 1);
    else shown[at++] = character;
  }
  return shown.join("");
}
