import { Ansi, settle, shorten } from "../../site/browser/ansi.ts";

function equal(found: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(found), JSON.stringify(expected)];
  if (left !== right) throw new Error(`found ${left}, expected ${right}`);
}

Deno.test("text without escapes is one plain piece", () => {
  equal(new Ansi().pieces("a <b>"), [{ text: "a <b>", classes: [] }]);
});

Deno.test("a colour holds until it is reset, across texts too", () => {
  const ansi = new Ansi();
  equal(ansi.pieces("a\x1b[1;31mb"), [
    { text: "a", classes: [] },
    { text: "b", classes: ["ansi-bold", "ansi-fg-1"] },
  ]);
  equal(ansi.pieces("c\x1b[0md"), [
    { text: "c", classes: ["ansi-bold", "ansi-fg-1"] },
    { text: "d", classes: [] },
  ]);
});

Deno.test("bright colours and backgrounds have their own classes", () => {
  equal(new Ansi().pieces("\x1b[96;107mx"), [{ text: "x", classes: ["ansi-fg-14", "ansi-bg-15"] }]);
});

Deno.test("256 colours and true colours become CSS colours; the first sixteen stay classes", () => {
  equal(new Ansi().pieces("\x1b[38;5;196mx"), [{ text: "x", classes: [], color: "rgb(255, 0, 0)" }]);
  equal(new Ansi().pieces("\x1b[38;5;28;01mx"), [{ text: "x", classes: ["ansi-bold"], color: "rgb(0, 135, 0)" }]);
  equal(new Ansi().pieces("\x1b[48;2;1;2;3mx"), [{ text: "x", classes: [], background: "rgb(1, 2, 3)" }]);
  equal(new Ansi().pieces("\x1b[38;5;3mx"), [{ text: "x", classes: ["ansi-fg-3"] }]);
});

Deno.test("escapes that move the cursor or name a window show nothing", () => {
  equal(new Ansi().pieces("a\x1b[2Jb\x1b]0;title\x07c").map((piece) => piece.text).join(""), "abc");
});

Deno.test("a broken escape loses no text", () => {
  equal(new Ansi().pieces("a\x1b[38;5mb").map((piece) => piece.text).join(""), "ab");
});

Deno.test("a line is written over after a carriage return, and a backspace goes back one", () => {
  equal(settle("10 %\r100 %\nend"), "100 %\nend");
  equal(settle("abc\rX"), "Xbc");
  equal(settle("ab\b\bc"), "cb");
});

Deno.test("a line written over a thousand times stays short and looks the same", () => {
  const pieces = ["\r1 of 2 files", "\r", "2 of", "\b\b", "\r12", "\r\bx"];
  let short = "";
  for (const [count, piece] of pieces.entries()) {
    short = shorten(short + piece);
    equal(settle(short), settle(pieces.slice(0, count + 1).join("")));
  }
  for (let round = 0; round < 1000; round++) short = shorten(`${short}\r${round}`);
  equal(short.length < 40, true);
});

Deno.test("a copy goes on from the same style and leaves the first one alone", () => {
  const first = new Ansi();
  first.pieces("\x1b[31m");
  const second = first.copy();
  second.pieces("\x1b[0m");
  equal(first.pieces("a"), [{ text: "a", classes: ["ansi-fg-1"] }]);
  equal(second.pieces("a"), [{ text: "a", classes: [] }]);
});
