/** The learner's own hand-ins, kept in this browser. */

import { promised } from "./drive.ts";
import type { Who } from "./manifest.ts";

export interface Attempt {
  /** Name of the file: key. */
  file: string;
  assignment: string;
  course: string;
  learner: string;
  created: string;
  code: string;
  /** Where it was posted; empty when it was only downloaded. */
  sent: string;
  bytes: Uint8Array<ArrayBuffer>;
}

const DATABASE = "passerelle-handins";
const STORE = "attempts";

export async function keep(attempt: Attempt): Promise<void> {
  await transact("readwrite", (attempts) => attempts.put(attempt));
}

/**
 * The hand-ins of an assignment by one learner, the newest first. A computer is shared: what others handed in on it is
 * not shown.
 */
export async function all(assignment: string, who: Who): Promise<Attempt[]> {
  return (await by(who))
    .filter((attempt) => attempt.assignment === assignment)
    .sort((one, other) => other.created.localeCompare(one.created));
}

/** All hand-ins of one learner. */
export async function by(who: Who): Promise<Attempt[]> {
  const attempts = await transact<Attempt[]>("readonly", (store) => store.getAll());
  return attempts.filter(({ course, learner }) => course === who.course && learner === who.learner);
}

/** Names of the files of everybody who handed in here. */
export async function files(): Promise<string[]> {
  return await transact<string[]>("readonly", (store) => store.getAllKeys());
}

async function transact<Result>(
  mode: IDBTransactionMode,
  act: (attempts: IDBObjectStore) => IDBRequest,
): Promise<Result> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "file" });
  const database = await promised(request);
  try {
    return await promised<Result>(act(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}
