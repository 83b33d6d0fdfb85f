/** "Make everything available offline": says how much it is, copies it while the reader watches, and can be stopped. */

import { config } from "./config.ts";
import { paragraphs, show } from "./dialog.ts";
import { button, element } from "./element.ts";
import { send, type Survey } from "./errand.ts";
import { t } from "./messages.ts";
import type { Outcome } from "./shelf.ts";

/** Files that are fetched side by side. */
const LANES = 3;
const MEGABYTE = 1e6;

type Registered = Promise<ServiceWorkerRegistration | null>;
type End = Outcome | "stopped";
type Missing = Survey[string]["missing"];

/** Bring the button in the footer to life. */
export function offer(registered: Registered): void {
  const opener = document.querySelector<HTMLButtonElement>(".ps-offline");
  opener?.addEventListener("click", () => void open(registered));
  opener?.removeAttribute("hidden");
}

async function open(registered: Registered): Promise<void> {
  const registration = await registered;
  const survey = registration?.active ? await send(registration.active, { type: "survey" }) : null;
  const keeper = survey && Object.keys(survey).length && registration ? new Keeper(registration, survey) : null;
  const refusal = globalThis.isSecureContext ? "offline.refused" : "offline.insecure";
  const close = button(t("offline.cancel"), () => dialog.close());
  const dialog = element(
    "dialog",
    { class: "nb-dialog", "aria-labelledby": "ps-offline-title" },
    element("h2", { id: "ps-offline-title" }, t("offline.title")),
    ...(keeper ? keeper.parts : paragraphs(t(refusal))),
    element("div", { class: "nb-dialog__buttons" }, ...(keeper ? [keeper.button] : []), close),
  );
  show(dialog, () => keeper?.stop());
}

/** What is to be kept of a survey: a language with the application and the engine, or all languages. */
export function wanted(survey: Survey, lang: string, languages: readonly string[]): Missing {
  const others = languages.filter((language) => language !== lang);
  return Object.entries(survey).flatMap(([group, { missing }]) => others.includes(group) ? [] : missing);
}

class Keeper {
  readonly button = button(t("offline.start"), () => void this.press(), "nb-button--main");
  readonly parts: HTMLElement[];
  private readonly mine = element("input", { type: "radio", name: "ps-range", value: "mine", checked: true });
  private readonly all = element("input", { type: "radio", name: "ps-range", value: "all" });
  private readonly bar = element("progress", { "aria-label": t("offline.title"), hidden: true });
  private readonly count = element("p");
  private readonly said = element("p", { role: "status" });
  private running: AbortController | undefined;

  constructor(private readonly registration: ServiceWorkerRegistration, private survey: Survey) {
    const choices = [[this.mine, t("offline.mine")], [this.all, t("offline.all")]] as const;
    const range = element("fieldset", { class: "ps-range", onchange: () => this.tellSize() });
    range.append(element("legend", {}, t("offline.range")));
    for (const [input, label] of choices) range.append(element("label", {}, input, ` ${label}`));
    this.parts = [...paragraphs(t("offline.help")), range, this.count, this.bar, this.said];
    this.tellSize();
  }

  stop(): void {
    this.running?.abort();
  }

  private get missing(): Missing {
    return wanted(this.survey, config().lang, this.all.checked ? [] : config().languages);
  }

  private tellSize(): void {
    const size = bytes(this.missing);
    this.count.textContent = size ? t("offline.size", { size: megabytes(size) }) : "";
    if (!size) this.said.textContent = t("offline.done");
    else this.said.textContent = "";
    this.button.hidden = !size;
  }

  private async press(): Promise<void> {
    if (this.running) return this.stop();
    const running = this.running = new AbortController();
    this.look(true);
    const persists = await navigator.storage?.persist?.().catch(() => false);
    const end = await this.copy(this.missing, running.signal);
    this.running = undefined;
    await this.tell(end, persists ?? false);
  }

  /** Fetch one file after the other until all are kept or one is not. */
  private async copy(files: Missing, signal: AbortSignal): Promise<End> {
    if (await room() < bytes(files)) return "full";
    const waiting = files.values();
    let loaded = 0;
    let end: End = "kept";
    const lane = async () => {
      for (const { path, size } of waiting) {
        if (signal.aborted) end = "stopped";
        if (end !== "kept" || !this.registration.active) return;
        const outcome = await send(this.registration.active, { type: "keep", path });
        if (outcome === "kept") this.advance(loaded += size, bytes(files));
        else end = outcome;
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    return end;
  }

  private advance(loaded: number, total: number): void {
    this.bar.max = total;
    this.bar.value = loaded;
    this.count.textContent = t("offline.progress", { loaded: megabytes(loaded), total: megabytes(total) });
  }

  private async tell(end: End, persists: boolean): Promise<void> {
    if (this.registration.active) this.survey = await send(this.registration.active, { type: "survey" });
    this.look(false);
    this.tellSize();
    if (end === "changed") void this.registration.update().catch(() => undefined);
    const sentences: Record<End, string> = {
      kept: persists ? t("offline.done") : `${t("offline.done")} ${t("offline.may_go")}`,
      full: t("offline.full"),
      offline: t("offline.network"),
      changed: t("offline.changed"),
      stopped: t("offline.partly"),
    };
    this.said.textContent = sentences[end];
  }

  private look(running: boolean): void {
    this.bar.hidden = !running;
    this.bar.removeAttribute("value");
    this.said.textContent = "";
    this.mine.disabled = this.all.disabled = running;
    this.button.textContent = t(running ? "offline.stop" : "offline.start");
  }
}

/** Bytes that this browser would still give us. */
async function room(): Promise<number> {
  const estimate = await navigator.storage?.estimate?.().catch(() => null);
  return estimate?.quota === undefined ? Infinity : estimate.quota - (estimate.usage ?? 0);
}

function bytes(files: Missing): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

function megabytes(size: number): string {
  return new Intl.NumberFormat(config().lang, { maximumFractionDigits: 1 }).format(size / MEGABYTE);
}
