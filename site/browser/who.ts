/** Who works here: course code and learner code, typed once, kept in this browser, changed at will. */

import { show } from "./dialog.ts";
import { button, element } from "./element.ts";
import { isCode, normalised, type Who } from "./manifest.ts";
import { t } from "./messages.ts";

const KEY = "passerelle.who";

export function remembered(): Who | null {
  try {
    const { course, learner } = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return isCode(course ?? "") && isCode(learner ?? "") ? { course, learner } : null;
  } catch {
    return null;
  }
}

/** Nobody works here any more; what they made stays. */
export function forget(): void {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // Nothing is kept.
  }
}

export function remember(who: Who): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(who));
  } catch {
    // A browser that keeps nothing asks again next time.
  }
}

/** Ask for both codes; null when the person gave up. `courses` are the codes that open this assignment; null for any. */
export function askWho(known: Who | null, courses: readonly string[] | null): Promise<Who | null> {
  return new Promise((resolve) => {
    let who: Who | null = null;
    const course = field("course", t("handin.course"), t("handin.course_help"), known?.course ?? "");
    const learner = field("learner", t("handin.learner"), t("handin.learner_help"), known?.learner ?? "");
    const form = element(
      "form",
      { method: "dialog", novalidate: true },
      course.block,
      learner.block,
      element(
        "div",
        { class: "nb-dialog__buttons" },
        element("button", { class: "nb-button nb-button--main", type: "submit" }, t("handin.who_ok")),
        button(t("handin.cancel"), () => dialog.close()),
      ),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const typed = { course: normalised(course.input.value), learner: normalised(learner.input.value) };
      const learnerFault = isCode(typed.learner) ? "" : t("handin.bad_learner");
      learner.say(learnerFault);
      const courseFault = courseProblem(typed.course, courses);
      course.say(courseFault);
      if (courseFault) course.input.focus();
      else if (learnerFault) learner.input.focus();
      else {
        who = typed;
        remember(typed);
        dialog.close();
      }
    });
    const heading = element("h2", { id: "nb-who-title" }, t("handin.who"));
    const dialog = element("dialog", { class: "nb-dialog", "aria-labelledby": heading.id }, heading, form);
    show(dialog, () => resolve(who));
  });
}

/** Why a course code does not open this assignment; empty when it does. */
export function courseProblem(course: string, courses: readonly string[] | null): string {
  if (!isCode(course)) return t("handin.bad_course");
  return !courses || courses.includes(course) ? "" : t("handin.unknown_course", { course });
}

function field(name: string, label: string, help: string, value: string) {
  const input = element("input", {
    id: `nb-${name}`,
    name,
    value,
    dir: "ltr",
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
    maxlength: "64",
    "aria-describedby": `nb-${name}-help nb-${name}-fault`,
  });
  const fault = element("p", { id: `nb-${name}-fault`, class: "nb-fault", role: "alert" });
  const block = element(
    "div",
    { class: "nb-field" },
    element("label", { for: input.id }, label),
    input,
    element("p", { id: `nb-${name}-help`, class: "nb-help" }, help),
    fault,
  );
  const say = (sentence: string) => {
    fault.textContent = sentence;
    input.setAttribute("aria-invalid", String(Boolean(sentence)));
  };
  return { input, block, say };
}
