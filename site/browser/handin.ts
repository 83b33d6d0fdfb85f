/** Hand in: codes, checks, file, post or download, receipt. */

import { all, type Attempt, keep } from "./attempts.ts";
import { find, type Findings, mayHandIn } from "./checks.ts";
import { ask, bullets, paragraphs } from "./dialog.ts";
import { button, download, element } from "./element.ts";
import { fileName, type Who } from "./manifest.ts";
import { t } from "./messages.ts";
import { type Notebook, toBytes } from "./notebook.ts";
import { LIMIT_BYTES, pack } from "./pack.ts";
import type { Release } from "./release.ts";
import { askWho, remembered } from "./who.ts";

const TYPE = "application/zip";
const POST_TIMEOUT_MS = 15_000;

export interface Desk {
  lang: string;
  releases: readonly Release[];
  /** Save the learner's notebook and give it as it stands. */
  saved(): Promise<Notebook>;
  /** The released notebook of a release. */
  original(release: Release): Promise<Notebook>;
}

/** The part of a page where an assignment is handed in. */
export class HandIn {
  readonly button = button(t("handin.button"), () => void this.press(), "nb-button--main");
  readonly panel = element("section", { class: "nb-handin", "aria-label": t("handin.title") });
  private readonly who = element("p", { class: "nb-who" });
  /** Who works here; known for this visit also where the browser keeps nothing. */
  private known = remembered();
  private readonly receipt = element("div", { class: "nb-receipt", role: "status", tabindex: "-1" });
  private readonly earlier = element("details", { class: "nb-earlier", hidden: true });
  private busy = false;

  constructor(private readonly desk: Desk) {
    this.panel.append(this.who, this.receipt, this.earlier);
    this.tellWho();
    void this.tellEarlier();
  }

  private get courses(): string[] {
    return this.desk.releases.map((release) => release.course);
  }

  /** Hand in once, however often the button is pressed. */
  private async press(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.button.setAttribute("aria-disabled", "true");
    try {
      await this.handIn();
    } catch (error) {
      console.error(error);
      await ask(t("handin.title"), paragraphs(t("handin.failed")), [{ label: t("handin.close"), value: "" }]);
    } finally {
      this.busy = false;
      this.button.removeAttribute("aria-disabled");
    }
  }

  private async handIn(): Promise<void> {
    const who = await this.identified();
    const release = this.desk.releases.find(({ course }) => course === who?.course);
    if (!who || !release) return;
    const notebook = await this.desk.saved();
    const findings = find(notebook, await this.desk.original(release), release.cells);
    if (!(await this.agreed(findings))) return;
    const attempt = await this.written(who, release, notebook);
    if (!attempt) return;
    this.tellReceipt(attempt);
    this.receipt.focus();
    await this.tellEarlier();
  }

  private async identified(): Promise<Who | null> {
    const known = remembered() ?? this.known;
    if (known && this.courses.includes(known.course)) return known;
    const who = await askWho(known, this.courses);
    await this.meet(who);
    return who;
  }

  /** Say what was found; whether to go on. */
  private async agreed(findings: Findings): Promise<boolean> {
    if (mayHandIn(findings)) {
      if (!findings.unanswered.length) return true;
      const body = [...paragraphs(t("handin.unanswered")), bullets(findings.unanswered)];
      const choices = [
        { label: t("handin.go_on_working"), value: "" },
        { label: t("handin.anyway"), value: "anyway" },
      ];
      return (await ask(t("handin.title"), body, choices)) === "anyway";
    }
    const body: (Node | string)[] = [];
    if (findings.empty) body.push(...paragraphs(t("handin.empty")));
    if (findings.wrong) body.push(...paragraphs(t("handin.wrong")));
    if (findings.missing.length) body.push(...paragraphs(t("handin.missing")), bullets(findings.missing));
    if (findings.doubled.length) body.push(...paragraphs(t("handin.doubled")), bullets(findings.doubled));
    if (findings.missing.length || findings.doubled.length) body.push(...paragraphs(t("handin.mend")));
    await ask(t("handin.not_yet"), body, [{ label: t("handin.close"), value: "" }]);
    return false;
  }

  /** Write the file, send or download it, keep a copy; the earlier attempt when exactly this was handed in before. */
  private async written(who: Who, release: Release, notebook: Notebook): Promise<Attempt | null> {
    const name = release.notebooks[0] ?? release.assignment;
    const work = { ...who, assignment: release.assignment, language: this.desk.lang, release: release.hash };
    const { manifest, bytes } = pack({ ...work, notebooks: new Map([[name, toBytes(notebook)]]) }, new Date());
    if (bytes.length > LIMIT_BYTES) {
      await ask(t("handin.not_yet"), paragraphs(t("handin.too_large")), [{ label: t("handin.close"), value: "" }]);
      return null;
    }
    const [last] = await all(release.assignment, who).catch(() => []);
    const attempt = last?.code === manifest.code ? last : { ...manifest, file: fileName(manifest), sent: "", bytes };
    attempt.sent ||= await post(release.addresses, attempt.bytes);
    if (!attempt.sent) download(attempt.file, attempt.bytes, TYPE);
    await keep(attempt).catch(() => undefined);
    return attempt;
  }

  private tellWho(): void {
    const who = remembered() ?? this.known;
    const change = button(who ? t("handin.change") : t("handin.who"), () => void this.changeWho());
    const working = who ? [t("handin.working_as", { learner: who.learner, course: who.course }), " "] : [];
    this.who.replaceChildren(...working, change);
  }

  private async changeWho(): Promise<void> {
    await this.meet(await askWho(remembered() ?? this.known, this.courses));
    this.who.querySelector("button")?.focus();
  }

  /** Work for somebody: the receipt and the hand-ins of whoever sat here before go from view. */
  private async meet(who: Who | null): Promise<void> {
    if (!who) return;
    this.known = who;
    this.receipt.replaceChildren();
    this.tellWho();
    await this.tellEarlier();
  }

  private tellReceipt(attempt: Attempt): void {
    const failed = !attempt.sent &&
      this.desk.releases.some(({ course, addresses }) => course === attempt.course && addresses.length);
    this.receipt.replaceChildren(
      element("h3", {}, attempt.sent ? t("handin.sent") : t("handin.written")),
      ...(failed ? paragraphs(t("handin.not_sent")) : []),
      element(
        "dl",
        {},
        ...row(t("handin.when"), moment(attempt.created, this.desk.lang)),
        ...row(t("handin.code"), attempt.code, "nb-code"),
        ...row(t("handin.learner"), attempt.learner),
        ...row(t("handin.file"), attempt.file),
      ),
      element("p", {}, attempt.sent ? t("handin.next_sent") : t("handin.next_file")),
      button(t("handin.again"), () => download(attempt.file, attempt.bytes, TYPE)),
    );
  }

  private async tellEarlier(): Promise<void> {
    const who = remembered() ?? this.known;
    const attempts = who ? await all(this.desk.releases[0]?.assignment ?? "", who).catch(() => []) : [];
    this.earlier.hidden = !attempts.length;
    this.earlier.replaceChildren(
      element("summary", {}, t("handin.mine", { count: String(attempts.length) })),
      element("ul", {}, ...attempts.map((attempt) => this.line(attempt))),
    );
  }

  private line(attempt: Attempt): HTMLLIElement {
    const label = t("handin.again_of", { when: moment(attempt.created, this.desk.lang) });
    const again = button(t("handin.again"), () => download(attempt.file, attempt.bytes, TYPE));
    again.setAttribute("aria-label", label);
    const code = element("bdi", { class: "nb-code", dir: "ltr" }, attempt.code);
    return element("li", {}, `${moment(attempt.created, this.desk.lang)} · `, code, " ", again);
  }
}

/** Post a file to the first address that takes it; that address, or nothing. */
export async function post(addresses: readonly string[], bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  for (const address of addresses) {
    try {
      const answer = await fetch(address, {
        method: "POST",
        body: new Blob([bytes], { type: TYPE }),
        credentials: "omit",
        signal: AbortSignal.timeout(POST_TIMEOUT_MS),
      });
      if (answer.ok) return address;
    } catch {
      // The next address, and at last the download, which always works.
    }
  }
  return "";
}

function row(term: string, value: string, kind = ""): HTMLElement[] {
  const isText = kind !== "nb-code" && !value.endsWith(".handin");
  return [element("dt", {}, term), element("dd", { class: kind, dir: isText ? "auto" : "ltr" }, value)];
}

function moment(created: string, lang: string): string {
  return new Intl.DateTimeFormat(lang, { dateStyle: "long", timeStyle: "short" }).format(new Date(created));
}
