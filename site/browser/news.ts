/** A quiet notice when a new version of the site is ready; the page itself stays as it is until the reader reloads it. */

import { button, element } from "./element.ts";
import { send } from "./errand.ts";
import { t } from "./messages.ts";

/** What reloading would break off. */
const AT_WORK = [
  'py-cell:is([data-state="loading"], [data-state="running"], [data-state="asking"])',
  '.nb-python:is([data-python="busy"], [data-python="asks"])',
  'notebook-frame[data-state="unsaved"]',
].join();

export function watch(registration: ServiceWorkerRegistration): void {
  const look = () => {
    if (registration.waiting && registration.active) tell(registration);
  };
  const follow = () => registration.installing?.addEventListener("statechange", look);
  registration.addEventListener("updatefound", follow);
  follow();
  look();
}

function tell(registration: ServiceWorkerRegistration): void {
  if (document.querySelector(".ps-news")) return;
  const said = element("p", { role: "status" });
  const reload = button(t("offline.reload"), () => void takeOver(registration, said), "nb-button--main");
  const later = button(t("offline.later"), () => notice.remove());
  const notice = element("div", { class: "ps-news" }, said, element("div", { class: "nb-buttons" }, reload, later));
  document.body.append(notice);
  said.textContent = t("offline.new"); // after it is in the page, so that it is read out
}

async function takeOver({ waiting }: ServiceWorkerRegistration, said: HTMLElement): Promise<void> {
  if (document.querySelector(AT_WORK)) {
    said.textContent = t("offline.new_busy");
    return;
  }
  if (!waiting) return location.reload(); // the last other tab was closed meanwhile
  const taken = new AbortController();
  const options = { once: true, signal: taken.signal };
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), options);
  if (await send(waiting, { type: "take-over" }) === 0) return;
  taken.abort();
  said.textContent = t("offline.new_others");
}
