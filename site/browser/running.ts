/** What a person is told about a notebook's running code, with what can be done about it beside. */

import { button, element } from "./element.ts";
import type { Execution } from "./execution.ts";
import { t } from "./messages.ts";

export class RunNotice {
  private readonly sentence = element("p", { role: "status" });
  private readonly buttons = element("div", { class: "nb-buttons" });
  readonly element = element("div", { class: "nb-running", hidden: true }, this.sentence, this.buttons);
  private shown = "";

  constructor(private readonly execution: Execution) {
    execution.addEventListener("change", () => this.show());
  }

  private show(): void {
    const { long, stopped, canRunAgain } = this.execution;
    const shown = long ? "long" : stopped ?? "";
    if (shown === this.shown) return;
    this.shown = shown;
    const buttons: Record<string, HTMLButtonElement[]> = {
      long: [button(t("lite.stop"), () => void this.execution.stop())],
      kept: [this.close()],
      lost: canRunAgain
        ? [button(t("lite.run_again"), () => void this.execution.runAgain()), this.close()]
        : [this.close()],
    };
    this.element.hidden = !shown;
    this.sentence.textContent = shown ? t(`lite.${shown}`) : "";
    this.buttons.replaceChildren(...shown ? buttons[shown] ?? [] : []);
  }

  private close(): HTMLButtonElement {
    return button(t("lite.close"), () => this.execution.dismiss());
  }
}
