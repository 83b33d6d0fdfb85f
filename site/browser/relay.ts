/**
 * Questions of a worker on plain http, where there is no service worker: our own server holds them for the page.
 *
 * The server is asked for as long as a program runs, and no longer: a browser opens six connections to a server in all.
 */

export interface Relayed {
  pathname: string;
  data: unknown;
  requestId: string;
}

/** A server that cannot be reached, as on a phone that changes its network, is tried again after so long. */
const RETRY_MS = 2_000;
/** An answer that comes so soon, as a notebook's file does, goes out before the server is asked for more. */
const SOON_MS = 100;

/** Whether the server of this site relays questions. */
export async function relayWorks(root: string): Promise<boolean> {
  try {
    return (await fetch(`${root}api/relay`)).status === 204;
  } catch {
    return false;
  }
}

/** Hand the questions that name `context` to `handle`, and its answers back, until `signal` ends it. */
export async function relay(
  root: string,
  context: string,
  handle: (question: Relayed) => Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  const known = new Set<string>();
  let poll = new AbortController();
  let sending: Promise<void> = Promise.resolve();
  signal.addEventListener("abort", () => poll.abort());

  async function answer(question: Relayed): Promise<void> {
    const { requestId } = question;
    const response = await handle(question).catch(() => null);
    if (signal.aborted) return;
    const body = JSON.stringify({ browsingContextId: context, requestId, response });
    sending = sending.then(() => send(`${root}api/relay`, body, signal));
    poll.abort(); // its connection may be the last that the browser opens: the answer takes it
    await sending;
    known.delete(requestId);
  }

  while (!signal.aborted) {
    await sending;
    poll = new AbortController();
    const query = new URLSearchParams({ context, known: [...known].join() });
    try {
      const found = await fetch(`${root}api/relay?${query}`, { signal: poll.signal });
      if (found.status === 200) {
        const question = await found.json() as Relayed;
        known.add(question.requestId);
        await Promise.race([answer(question), pause(SOON_MS)]);
      } else if (found.status !== 204) await pause(RETRY_MS);
    } catch {
      if (!poll.signal.aborted) await pause(RETRY_MS);
    }
  }
}

/** Send an answer, again and again where the server cannot be reached: a Python stands still until it has come. */
async function send(address: string, body: string, signal: AbortSignal): Promise<void> {
  const headers = { "content-type": "application/json" };
  while (!signal.aborted) {
    try {
      await fetch(address, { method: "POST", body, headers, signal });
      return;
    } catch {
      await pause(RETRY_MS);
    }
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
