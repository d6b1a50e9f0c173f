// Follows the journal. What comes in between two looks of a person is told in
// one go, so that five hundred exchanges a second cost four updates.

import { $ } from "./dom.js";
import { address } from "./api.js";

const every = 250; // milliseconds
const watchers = [];
let source, timer, retry, wait = 500;
let pending = fresh();

function fresh() {
  return { all: false, from: Infinity, threads: new Set(), count: 0 };
}

/** run gets {all, from: smallest number that changed, threads, count}. */
export const onChange = (run) => watchers.push(run);

/** Tells everybody to look at everything again. */
export function refresh() {
  pending.all = true;
  later();
}

function later() {
  timer ??= setTimeout(() => {
    timer = undefined;
    const news = pending;
    pending = fresh();
    for (const run of watchers) run(news);
  }, every);
}

function note(event) {
  const { n, thread } = JSON.parse(event.data);
  pending.from = Math.min(pending.from, n);
  if (pending.threads.size < 1000) pending.threads.add(thread ?? "");
  pending.count++;
  later();
}

function show(state, text) {
  const el = $("live");
  if (el.dataset.state === state) return;
  el.dataset.state = state;
  el.textContent = text;
}

/**
 * Opens the stream. The browser resumes it by itself after a short break; after
 * a longer one, which may have been a restart, it begins anew and everything is
 * looked at again.
 */
export function follow() {
  leave();
  source = new EventSource(address("journal/stream", { outline: "true" }));
  source.addEventListener("exchange", note);
  source.onopen = () => {
    wait = 500;
    show("on", "live");
    refresh();
  };
  source.onerror = () => {
    leave();
    show("off", "reconnecting");
    retry = setTimeout(follow, wait);
    wait = Math.min(2 * wait, 5000);
  };
}

function leave() {
  clearTimeout(retry);
  source?.close();
  source = undefined;
}

// A browser opens six connections to a host and no more, for all its tabs. A
// page that nobody sees gives its own back.
addEventListener("pagehide", leave);
addEventListener("pageshow", (event) => event.persisted && follow());
document.addEventListener("visibilitychange", () => (document.hidden ? leave() : follow()));
