/** Reading aids: size of the text, spacing, plain letters. The choice stands on `<html>`, where each page puts it first. */

import { show } from "./dialog.ts";
import { button, element } from "./element.ts";
import { t } from "./messages.ts";

/** Read by the script at the head of `main.html`, before anything is painted. */
const KEY = "passerelle.reading";
const STEPS = { size: 4, spacing: 3, font: 2 };

type Aid = keyof typeof STEPS;
const AIDS = Object.keys(STEPS) as Aid[];

/** What is chosen now: a step for each aid, 0 for the site's own. */
function chosen(): Record<Aid, number> {
  const words = (document.documentElement.dataset.reading ?? "").split(" ");
  const step = (aid: Aid) => {
    const found = Number(words.find((word) => word.startsWith(`${aid}-`))?.slice(aid.length + 1));
    return found < STEPS[aid] ? found : 0;
  };
  return { size: step("size"), spacing: step("spacing"), font: step("font") };
}

/** Show a choice at once and keep it; false when this browser keeps nothing. */
function choose(choice: Record<Aid, number>): boolean {
  const words = AIDS.filter((aid) => choice[aid]).map((aid) => `${aid}-${choice[aid]}`).join(" ");
  document.documentElement.dataset.reading = words;
  try {
    if (words) localStorage.setItem(KEY, words);
    else localStorage.removeItem(KEY);
    return true;
  } catch {
    return false;
  }
}

/** Ask how the person wants to read; each press shows at once. */
export function open(): void {
  if (document.querySelector(".ps-reading-aids")) return;
  const note = element("p", { role: "status" }, t("reading.kept"));
  const apply = (choice: Record<Aid, number>) => {
    note.textContent = t(choose(choice) ? "reading.kept" : "reading.not_kept");
  };
  const sets = AIDS.map((aid) =>
    element(
      "fieldset",
      {},
      element("legend", {}, t(`reading.${aid}`)),
      ...Array.from({ length: STEPS[aid] }, (_, step) =>
        element(
          "label",
          {},
          element("input", {
            type: "radio",
            name: aid,
            value: String(step),
            checked: chosen()[aid] === step,
            onchange: () => apply({ ...chosen(), [aid]: step }),
          }),
          element("span", {}, t(`reading.${aid}_${step}`)),
        )),
    )
  );
  const reset = () => {
    apply({ size: 0, spacing: 0, font: 0 });
    for (const first of dialog.querySelectorAll<HTMLInputElement>("input[value='0']")) first.checked = true;
  };
  const heading = element("h2", { id: "ps-reading-title" }, t("reading.open"));
  const dialog = element(
    "dialog",
    { class: "nb-dialog ps-reading-aids md-typeset", "aria-labelledby": heading.id },
    heading,
    ...sets,
    note,
    element(
      "div",
      { class: "nb-dialog__buttons" },
      button(t("reading.reset"), reset),
      button(t("reading.close"), () => dialog.close(), "nb-button--main"),
    ),
  );
  show(dialog, () => {});
}
