/** What every page loads, cells or not: the service worker, and what it has to say. */

import { config } from "./config.ts";
import { offer } from "./everything.ts";
import { reportLoaded } from "./loaded.ts";
import { watch } from "./news.ts";
import { quiet, register } from "./register.ts";
import { script } from "./scripts.ts";
import { startOver } from "./starting.ts";

for (const kind of ["click", "keydown"]) document.addEventListener(kind, answer);

/** Answer a press of a question or of the reading aids: their script comes with the first. */
function answer(event: Event): void {
  const typed = event instanceof KeyboardEvent;
  if (typed && event.key !== "Enter") return;
  if (!(event.target instanceof Element)) return;
  const at = event.target.closest<HTMLElement>(`.ps-question ${typed ? "input" : "button"}`);
  if (at) script("question").then(({ press }) => press(at)).catch(console.error);
  if (!typed && event.target.closest(".ps-reading")) script("reading").then(({ open }) => open()).catch(console.error);
}

if (config().glossary) {
  for (const kind of ["click", "focusin", "pointerover"]) {
    document.addEventListener(kind, word);
  }
}

/** Explain a word of the glossary where it stands; it is a link all the same. */
function word(event: Event): void {
  const at = event.target instanceof Element && event.target.closest<HTMLAnchorElement>(".ps-word");
  if (!at || event instanceof MouseEvent && (event.ctrlKey || event.metaKey || event.shiftKey)) return;
  const pressed = event.type === "click";
  if (pressed) event.preventDefault();
  script("glossary").then(({ explainWord }) => explainWord(at, pressed)).catch(() => {
    if (pressed) location.assign(at.href);
  });
}

/** Somebody has a code here, or comes with a link that gives one. */
function joins(): boolean {
  try {
    return location.hash.startsWith("#join=") || localStorage.getItem("passerelle.who") !== null;
  } catch {
    return location.hash.startsWith("#join=");
  }
}

const has = (name: string) => document.querySelector(name);
for (const [wanted, name] of [[joins(), "join"], [has("my-work"), "mine"], [has("join-cards"), "cards"]] as const) {
  if (wanted) script(name).catch(console.error);
}

const registered = quiet()
  .then(() => globalThis.crossOriginIsolated ? startOver() : undefined) // else the worker has to bring that, and soon
  .then(() => register(config().root));
offer(registered);
const registration = await registered;
if (registration) {
  watch(registration);
  await reportLoaded();
}
