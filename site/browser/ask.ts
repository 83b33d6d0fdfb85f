/**
 * Questions that a worker asks its page while it stands still: a synchronous request comes in, the page's answer goes out.
 *
 * Source: jupyterlite 0.8.6, packages/apputils/src/service-worker.ts and service-worker-manager.ts.
 */

const CHANNEL = "/sw-api.v1";
const HEARTBEAT = "/api/service-worker-heartbeat";

interface Question {
  browsingContextId: string;
  requestId?: string;
  data: unknown;
}

/** The answer to a request of this protocol; null for any other request. */
export function answer(request: Request): Promise<Response> | null {
  const { pathname } = new URL(request.url);
  if (pathname.endsWith(HEARTBEAT)) return Promise.resolve(new Response("ok"));
  if (!pathname.includes("/api/drive") && !pathname.includes("/api/stdin/")) return null;
  return request.method === "POST" ? ask(request, pathname) : null;
}

async function ask(request: Request, pathname: string): Promise<Response> {
  const response = await put(await request.json(), pathname);
  return new Response(JSON.stringify(response), { headers: { "content-type": "application/json" } });
}

/** Put the question to all pages; resolves to what the one whose `browsingContextId` it names answers. */
export function put(question: Question, pathname: string): Promise<unknown> {
  const channel = new BroadcastChannel(CHANNEL);
  return new Promise((resolve) => {
    channel.onmessage = ({ data }: MessageEvent<Question & { response?: unknown }>) => {
      if (!("response" in data) || data.browsingContextId !== question.browsingContextId) return;
      if (data.requestId !== question.requestId) return;
      channel.close();
      resolve(data.response);
    };
    channel.postMessage({ ...question, pathname });
  });
}
