/**
 * As whom somebody works: told on every page, and set by a link `…/#join=COURSE.LEARNER` that trainers give, as a QR code.
 *
 * A link only asks: nobody works under another code without having said so. The learner's part may be missing: then it is typed.
 */

import { ask } from "./dialog.ts";
import { button, element } from "./element.ts";
import { isCode, normalised, type Who } from "./manifest.ts";
import { t } from "./messages.ts";
import { askWho, forget, remember, remembered } from "./who.ts";

const place = element("p", { class: "ps-who", role: "status" });

/** What an address asks for; null when it is no such link, and no codes when it is a broken one. */
export function asked(hash: string): { course: string; learner: string } | null {
  if (!hash.startsWith("#join=")) return null;
  const [course = "", learner = "", ...more] = unescaped(hash.slice("#join=".length)).split(".").map(normalised);
  const fits = isCode(course) && (learner === "" || isCode(learner)) && !more.length;
  return fits ? { course, learner } : { course: "", learner: "" };
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

/** Show as whom somebody works, with the ways to change that. */
function tell(who: Who | null): void {
  place.replaceChildren();
  if (!who) return;
  const code = (text: string) => element("bdi", { class: "ps-code", translate: "no" }, text);
  const [before = "", middle = "", after = ""] = t("who.working_as").split(/\{learner\}|\{course\}/);
  const change = button(t("who.change"), () => void changed(who));
  const leave = button(t("who.leave"), () => void left(who));
  place.append(before, code(who.learner), middle, code(who.course), after, " ", change, " ", leave);
}

async function changed(who: Who): Promise<void> {
  tell(await askWho(who, null) ?? remembered());
}

async function left(who: Who): Promise<void> {
  const choices = [
    { label: t("who.leave"), value: "leave", kind: "nb-button--main" },
    { label: t("handin.cancel"), value: "" },
  ];
  const words = element("p", {}, t("who.leave_what", { learner: who.learner }));
  if (await ask(t("who.leave"), [words], choices) !== "leave") return;
  forget();
  tell(null);
}

async function join(wanted: { course: string; learner: string }): Promise<void> {
  history.replaceState(history.state, "", location.pathname + location.search); // asked once, and not in what is shared
  const known = remembered();
  if (!wanted.course) {
    await ask(t("who.join"), [element("p", {}, t("who.bad_link"))], [{ label: t("who.ok"), value: "" }]);
  } else if (!wanted.learner) {
    await askWho({ course: wanted.course, learner: known?.learner ?? "" }, null);
  } else if (known?.course !== wanted.course || known.learner !== wanted.learner) {
    const words = [element("p", {}, t("who.join_as", { ...wanted }))];
    if (known) words.push(element("p", {}, t("who.instead_of", { ...known })));
    const choices = [
      { label: t("who.join_yes"), value: "join", kind: "nb-button--main" },
      { label: t("who.join_no"), value: "" },
    ];
    if (await ask(t("who.join"), words, choices) === "join") remember(wanted);
  }
  tell(remembered());
}

document.querySelector(".md-copyright")?.prepend(place);
tell(remembered());
const wanted = asked(location.hash);
if (wanted) await join(wanted);
addEventListener("hashchange", () => {
  const next = asked(location.hash);
  if (next) void join(next);
});
