/**
 * The part of a service worker's surroundings that we use.
 *
 * TypeScript's own description of it cannot stand beside the one of pages, which all our other modules need.
 */

export interface LastingEvent extends Event {
  waitUntil(promise: Promise<unknown>): void;
}

export interface FetchEvent extends LastingEvent {
  request: Request;
  clientId: string;
  resultingClientId: string;
  respondWith(answer: Response | Promise<Response>): void;
}

export interface ClientMessage extends LastingEvent {
  data: unknown;
  source: Client | null;
  ports: readonly MessagePort[];
}

export interface Client {
  id: string;
  url: string;
  postMessage(message: unknown): void;
}

interface Scope {
  location: { origin: string };
  registration: ServiceWorkerRegistration;
  clients: {
    claim(): Promise<void>;
    matchAll(options: { type: "window"; includeUncontrolled: boolean }): Promise<(Client & { frameType: string })[]>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", act: (event: LastingEvent) => void): void;
  addEventListener(type: "fetch", act: (event: FetchEvent) => void): void;
  addEventListener(type: "message", act: (event: ClientMessage) => void): void;
}

export const scope = self as unknown as Scope;
