/**
 * Answers that put a page on its own, so that it may share memory with its Python: an interrupt then reaches a busy one.
 *
 * Source: HTML, "cross-origin isolated"; https://web.dev/articles/coop-coep
 */

const ISOLATION = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
};

/** The same answer with the headers of isolation. What the browser keeps closed to us (a redirect) stays as it is. */
export function isolated(answer: Response): Response {
  if (answer.status === 0 || answer.type === "opaqueredirect") return answer;
  const headers = new Headers(answer.headers);
  for (const [name, value] of Object.entries(ISOLATION)) headers.set(name, value);
  const { status, statusText } = answer;
  return new Response(hasBody(status) ? answer.body : null, { status, statusText, headers });
}

function hasBody(status: number): boolean {
  return ![101, 204, 205, 304].includes(status);
}
