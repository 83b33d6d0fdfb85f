/** `<my-work>`: what this browser holds of somebody's work, one file that takes it away, and the way back. */

import * as attempts from "./attempts.ts";
import { base64, bytes } from "./base64.ts";
import { config } from "./config.ts";
import { ask, paragraphs } from "./dialog.ts";
import * as drive from "./drive.ts";
import * as edits from "./edits.ts";
import { button, download, element } from "./element.ts";
import { t } from "./messages.ts";
import { type Notebook, sourceHash } from "./notebook.ts";
import { remembered } from "./who.ts";
import {
  compare,
  FORMAT,
  type Kept,
  type Model,
  packed,
  Refused,
  type Side,
  triedBest,
  unpacked,
  VERSION,
  type Work,
} from "./work.ts";

export class MyWork extends HTMLElement {
  private readonly list = element("div", { class: "ps-work-list" });
  private readonly said = element("p", { role: "status", class: "ps-work-said" });
  private readonly file = element("input", { type: "file", accept: ".passerelle", id: "ps-work-file", hidden: true });

  connectedCallback(): void {
    const take = button(t("mine.take"), () => void this.take(), "nb-button--main");
    const bring = button(t("mine.bring"), () => this.file.click());
    this.file.addEventListener("change", () => void this.bring());
    const bar = element("div", { class: "nb-buttons" }, take, bring, this.file);
    this.replaceChildren(bar, this.said, this.list);
    void this.show().catch((error) => this.fail(error));
    void navigator.storage?.persist?.().catch(() => false);
  }

  private async show(): Promise<void> {
    const work = await collect();
    const parts = [lessons(work), notebooks(work), handins(work)].filter((part) => part !== null);
    this.list.replaceChildren(...(parts.length ? parts : paragraphs(t("mine.nothing"))));
    await this.warnOfSpace();
  }

  private async warnOfSpace(): Promise<void> {
    const room: StorageEstimate | undefined = await navigator.storage?.estimate?.().catch(() => undefined);
    const { quota = 0, usage = 0 } = room ?? {};
    if (quota && usage > 0.9 * quota) this.list.prepend(...paragraphs(t("mine.full")));
  }

  private async take(): Promise<void> {
    try {
      await save("");
      this.said.textContent = t("mine.taken");
    } catch (error) {
      this.fail(error);
    }
  }

  private async bring(): Promise<void> {
    const [file] = this.file.files ?? [];
    this.file.value = "";
    if (!file) return;
    try {
      const work = await unpacked(file);
      const done = await bringBack(work);
      this.said.textContent = done ? t("mine.brought") : t("mine.not_brought");
      await this.show();
    } catch (error) {
      if (error instanceof Refused) this.said.textContent = t(`mine.refused_${error.reason}`);
      else this.fail(error);
    }
  }

  private fail(error: unknown): void {
    console.error(error);
    this.said.textContent = t("mine.failed");
  }
}

/** The work of this browser; of hand-ins only their own: what others handed in on a shared computer is theirs. */
async function collect(): Promise<Work> {
  const cells: Work["cells"] = {};
  const storage = edits.storage();
  for (let place = 0; storage && place < storage.length; place++) {
    const key = storage.key(place);
    if (key?.startsWith(edits.PREFIX)) cells[key] = storage.getItem(key) ?? "";
  }
  const notebooks = Object.fromEntries((await drive.models()).map((model) => [model.path, model]));
  const who = remembered();
  const kept = who ? await attempts.by(who).catch(() => []) : [];
  const handins = Object.fromEntries(kept.map((each) => [each.file, { ...each, bytes: base64(each.bytes) }]));
  return { format: FORMAT, version: VERSION, made: new Date().toISOString(), cells, notebooks, handins };
}

async function save(mark: string): Promise<void> {
  const blob = await packed(await collect());
  const who = remembered()?.learner ?? t("mine.file");
  const day = new Date().toISOString().slice(0, 16).replace(/[T:]/g, "-");
  download(`${who}-${day}${mark}.passerelle`, new Uint8Array(await blob.arrayBuffer()), "application/gzip");
}

/** Shows what a file brings, asks where both sides differ, and writes; false when the person gave up. */
async function bringBack(work: Work): Promise<boolean> {
  const here = await collect();
  const texts = (part: Work["cells"]) =>
    Object.fromEntries(Object.entries(part).filter(([key]) => !key.endsWith(edits.TRIED)));
  const found = {
    cells: compare(texts(here.cells), texts(work.cells), (one, other) => one === other),
    notebooks: compare(here.notebooks, work.notebooks, sameModel),
    handins: compare(here.handins, work.handins, () => true), // a hand-in never changes
  };
  const all = Object.values(found);
  const sum = (count: (part: typeof found.cells) => number) => all.reduce((total, part) => total + count(part), 0);
  const different = [...found.cells.different, ...found.notebooks.different];
  const said: HTMLElement[] = paragraphs(
    t("mine.found", { fresh: sum(({ fresh }) => fresh), same: sum(({ same }) => same), different: different.length }),
  );
  const choices = [{ label: t("mine.cancel"), value: "" }];
  if (different.length) {
    said.push(...paragraphs(t("mine.differ")), names(different));
    choices.unshift({ label: t("mine.keep_file"), value: "file" });
    choices.unshift({ label: t("mine.keep_here"), value: "here" });
  } else {
    choices.unshift({ label: t("mine.add"), value: "here" });
  }
  const side = await ask(t("mine.bring"), said, choices) as Side | "";
  if (!side) return false;
  if (different.length) await save(`-${t("mine.before")}`); // whatever is chosen, nothing is lost
  await write(here, work, side);
  return true;
}

async function write(here: Work, work: Work, side: Side): Promise<void> {
  const wins = (there: boolean) => !there || side === "file";
  for (const [path, model] of Object.entries(work.notebooks)) {
    if (wins(path in here.notebooks)) await drive.put(model);
  }
  const there = new Set(await attempts.files());
  for (const [file, kept] of Object.entries(work.handins)) {
    if (!there.has(file)) await attempts.keep({ ...kept, bytes: bytes(kept.bytes) });
  }
  const storage = edits.storage();
  for (const [key, text] of Object.entries(work.cells)) {
    const mine = here.cells[key];
    if (mine !== undefined && key.endsWith(edits.TRIED)) storage?.setItem(key, triedBest(mine, text));
    else if (wins(mine !== undefined)) storage?.setItem(key, text);
  }
}

function sameModel(one: Model, other: Model): boolean {
  if (one.type === "notebook" && other.type === "notebook") {
    return sourceHash(one.content as Notebook) === sourceHash(other.content as Notebook);
  }
  return JSON.stringify(one.content) === JSON.stringify(other.content);
}

function lessons({ cells }: Work): HTMLElement | null {
  const pages = new Map<string, { changed: number; solved: number }>();
  for (const [key, text] of Object.entries(cells)) {
    const page = key.slice(edits.PREFIX.length).split("#")[0]!;
    const count = pages.get(page) ?? { changed: 0, solved: 0 };
    if (key.endsWith(edits.TRIED)) count.solved += Number(JSON.parse(text).passed === true);
    else count.changed += 1;
    pages.set(page, count);
  }
  const { lang, languages, root } = config();
  const home = lang === languages[0] ? root : `${root}${lang}/`;
  return section(
    t("mine.lessons"),
    [...pages].sort().map(([page, count]) =>
      element("li", {}, element("a", { href: `${home}${page}/` }, page), ` ${t("mine.lesson", count)}`)
    ),
  );
}

function notebooks({ notebooks }: Work): HTMLElement | null {
  const models = Object.values(notebooks).filter(({ type }) => type !== "directory");
  return section(
    t("mine.notebooks"),
    models.map(({ path, last_modified }) => element("li", {}, element("bdi", {}, path), ` ${moment(last_modified)}`)),
  );
}

function handins({ handins }: Work): HTMLElement | null {
  return section(
    t("mine.handins"),
    Object.values(handins).map((kept: Kept) => {
      const give = button(t("mine.again"), () => download(kept.file, bytes(kept.bytes), "application/zip"));
      const code = element("bdi", { class: "ps-code", translate: "no" }, kept.code);
      return element("li", {}, element("bdi", {}, kept.assignment), ` ${moment(kept.created)} `, code, " ", give);
    }),
  );
}

function section(title: string, items: HTMLElement[]): HTMLElement | null {
  return items.length ? element("section", {}, element("h2", {}, title), element("ul", {}, ...items)) : null;
}

function names(all: string[]): HTMLElement {
  const shown = all.map((name) => element("li", {}, element("bdi", {}, name.replace(edits.PREFIX, ""))));
  return element("ul", { class: "ps-work-differ" }, ...shown);
}

function moment(text: string): string {
  const date = new Date(text);
  const format = new Intl.DateTimeFormat(config().lang, { dateStyle: "medium", timeStyle: "short" });
  return Number.isNaN(date.getTime()) ? "" : format.format(date);
}

customElements.define("my-work", MyWork);
