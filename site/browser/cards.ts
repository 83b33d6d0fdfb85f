/** `<join-cards>`: a trainer types codes and prints a card for each learner: code, link, QR code. Nothing is kept or sent. */

import { config } from "./config.ts";
import { button, element } from "./element.ts";
import { isCode, normalised, type Who } from "./manifest.ts";
import { t } from "./messages.ts";
import { qr } from "./qr.ts";

class JoinCards extends HTMLElement {
  private readonly course = element("input", {
    id: "ps-cards-course",
    dir: "ltr",
    autocomplete: "off",
    maxlength: "64",
  });
  private readonly learners = element("textarea", {
    id: "ps-cards-learners",
    dir: "ltr",
    rows: "6",
    spellcheck: "false",
  });
  private readonly said = element("p", { role: "status" });
  private readonly cards = element("div", { class: "ps-cards" });

  private readonly print = button(t("cards.print"), () => globalThis.print());

  connectedCallback(): void {
    const make = button(t("cards.make"), () => this.make(), "nb-button--main");
    this.print.hidden = true;
    this.replaceChildren(
      element("label", { for: this.course.id }, t("cards.course")),
      this.course,
      element("label", { for: this.learners.id }, t("cards.learners")),
      this.learners,
      element("div", { class: "nb-buttons" }, make, this.print),
      this.said,
      this.cards,
    );
  }

  private make(): void {
    const course = normalised(this.course.value);
    const learners = [...new Set(this.learners.value.split("\n").map(normalised).filter(Boolean))];
    const wrong = [course, ...learners].filter((code) => !isCode(code));
    const missing = !course || !learners.length;
    const good = !missing && !wrong.length;
    this.print.hidden = !good;
    this.cards.replaceChildren(...(good ? learners.map((learner) => card({ course, learner })) : []));
    if (good) this.said.textContent = t("cards.made", { count: learners.length });
    else if (missing) this.said.textContent = t("cards.missing");
    else this.said.replaceChildren(t("cards.wrong"), ...wrong.flatMap((code) => [" ", element("bdi", {}, code)]));
  }
}

function card({ course, learner }: Who): HTMLElement {
  const { lang, languages, root } = config();
  const home = new URL(lang === languages[0] ? root : `${root}${lang}/`, document.baseURI);
  home.hash = `join=${course}.${learner}`;
  return element(
    "div",
    { class: "ps-card" },
    qr(home.href, t("cards.qr", { learner })),
    element("strong", { dir: "ltr", translate: "no" }, learner),
    element("a", { href: home.href, dir: "ltr", translate: "no" }, home.href),
  );
}

customElements.define("join-cards", JoinCards);
