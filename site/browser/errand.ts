/** What a page asks of the service worker. */

import type { Outcome } from "./shelf.ts";

export type Errand =
  /** Keep what the page loaded before the worker stood before it. */
  | { type: "loaded"; addresses: string[] }
  /** Answered with a `Survey`. */
  | { type: "survey" }
  /** Fetch and keep one file; answered with an `Outcome`. */
  | { type: "keep"; path: string }
  /** Take over from the version before; answered with the number of other open pages when these keep it from doing so. */
  | { type: "take-over" };

/** Group → the files that are not kept, and the bytes of all its files. */
export type Survey = Record<string, { missing: { path: string; size: number }[]; bytes: number }>;

export async function send(worker: ServiceWorker, errand: { type: "survey" }): Promise<Survey>;
export async function send(worker: ServiceWorker, errand: { type: "keep"; path: string }): Promise<Outcome>;
export async function send(worker: ServiceWorker, errand: { type: "take-over" }): Promise<number>;
export async function send(worker: ServiceWorker, errand: Errand): Promise<unknown>;
export function send(worker: ServiceWorker, errand: Errand): Promise<unknown> {
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = ({ data }) => {
      channel.port1.close();
      resolve(data);
    };
    worker.postMessage(errand, [channel.port2]);
  });
}
