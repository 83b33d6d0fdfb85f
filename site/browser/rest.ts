/**
 * What a used engine or notebook application has not asked for yet, fetched once it is quiet.
 *
 * A lesson that ran shall run without a network too, also where it imports what it has not imported so far.
 */

import type { Listed } from "./list.ts";
import type { LastingEvent } from "./scope.ts";
import type { Shelf } from "./shelf.ts";

/** Group → bytes above which a file comes only when a page asks for it. JupyterLab's large parts are the rare ones. */
const GROUPS: Record<string, number> = { engine: Infinity, application: 150_000 };
const QUIET_MS = 10_000;
/** Who loads this is about to load the engine. */
const CELLS = "assets/passerelle/worker-";

export class Rest {
  private last = 0;
  private readonly complete = new Set<string>();
  private readonly underWay = new Set<string>();

  constructor(
    private readonly shelf: Shelf,
    private readonly files: () => Promise<Map<string, Listed> | null>,
  ) {}

  /** A page asked for a file: its group is in use, and the network is busy. */
  touch(file: Listed, event: LastingEvent): void {
    this.last = Date.now();
    const group = file.path.startsWith(CELLS) ? "engine" : file.group;
    if (!(group in GROUPS) || this.complete.has(group) || this.underWay.has(group) || saves()) return;
    this.underWay.add(group);
    event.waitUntil(this.fill(group).finally(() => this.underWay.delete(group)));
  }

  private async fill(group: string): Promise<void> {
    await this.quiet();
    const kept = await this.shelf.keys();
    for (const file of (await this.files())?.values() ?? []) {
      if (file.group !== group || file.size > (GROUPS[group] ?? 0) || kept.has(this.shelf.key(file))) continue;
      await this.quiet();
      const outcome = await this.shelf.fetch(file, "default");
      if (outcome !== "kept") return;
    }
    this.complete.add(group);
  }

  private async quiet(): Promise<void> {
    for (let rest = this.rest(); rest > 0; rest = this.rest()) await new Promise((wake) => setTimeout(wake, rest));
  }

  private rest(): number {
    return this.last + QUIET_MS - Date.now();
  }
}

/** Whether the person asked the browser to spare the network. */
function saves(): boolean {
  return (navigator as Navigator & { connection?: { saveData?: boolean } }).connection?.saveData ?? false;
}
