/** Questions of a worker on plain http, where there is no service worker: our own server holds them for the page. */

export interface Relayed {
  pathname: string;
  data: unknown;
  requestId: string;
}

/** Whether the server of this site relays questions. */
export async function relayWorks(root: string): Promise<boolean> {
  return (await fetch(`${root}api/relay`)).status === 204;
}

export function relay(
  _root: string,
  _context: string,
  _handle: (question: Relayed) => Promise<unknown>,
  _signal: AbortSignal,
): void {}
