// Puts the page together.

import { $ } from "./dom.js";
import { breakPage, clockDialog } from "./break.js";
import { chat } from "./chat.js";
import { exchangePane } from "./exchange.js";
import { help, listen } from "./help.js";
import { follow } from "./live.js";
import { loadEntries, loadFaults, loadOnce, loadOverview, loadTime, model, on, simulated } from "./model.js";
import { go, href, onRoute, route } from "./route.js";
import { clock, day, plural } from "./text.js";
import { threads } from "./threads.js";
import { timeline } from "./timeline.js";
import { verdictPage } from "./verdict.js";

const view = () => route().view || "talk";

function show() {
  const now = view();
  document.body.dataset.view = now;
  document.body.dataset.open = route().thread ? "thread" : "none";
  for (const el of document.querySelectorAll("[data-view]:not(body)")) {
    if (el.dataset.view === now) el.setAttribute("aria-current", "page");
    else el.removeAttribute("aria-current");
    if (el.dataset.view !== "api") el.href = href({ view: el.dataset.view });
  }
  $("break").hidden = now !== "break";
  $("verdict").hidden = now !== "verdict";
  const name = { talk: "Talk", timeline: "Timeline", break: "Break it", verdict: "Verdict" }[now] ?? "Talk";
  document.title = (route().thread ? route().thread.split(":").slice(2).join(":") + " · " : "") + name + " · Encore Sandbox";
}

function tabs() {
  for (const el of document.querySelectorAll(".tabs a")) {
    if (el.dataset.view === "api") continue;
    el.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      go({ view: el.dataset.view });
    });
  }
}

function tick() {
  const now = simulated();
  if (now === null) return;
  const el = $("clock").querySelector("time");
  el.textContent = `${day(now)} ${clock(now)}`;
  el.dateTime = new Date(now).toISOString();
  $("clock").classList.toggle("own", Boolean(route().thread));
}

function badge() {
  const live = model.faults.filter((f) => !f.spent);
  const el = $("faults");
  el.hidden = !live.length;
  const left = live.reduce((sum, f) => sum + (f.left ?? 0), 0);
  el.textContent = plural(live.length, "fault") + (live.every((f) => f.left !== undefined) ? `, ${plural(left, "turn")} left` : " armed");
}

threads();
chat();
timeline();
exchangePane();
breakPage();
verdictPage();
tabs();
listen();
show();
onRoute((now, before) => {
  show();
  if (now.thread !== before.thread) {
    loadEntries();
    loadTime();
    if (!model.overview?.threads.some((t) => t.id === now.thread)) loadOverview();
  }
});
on("time", tick);
on("faults", badge);
setInterval(tick, 1000);
setInterval(() => {
  if (document.hidden) return;
  loadTime();
  loadFaults(); // others may arm and disarm, which is no exchange
}, 3000);
$("clock").addEventListener("click", clockDialog);
$("help").addEventListener("click", help);
loadOverview();
loadOnce().catch(() => {});
follow();
