// The list of threads.

import { $, h, lay } from "./dom.js";
import { action } from "./api.js";
import { newCustomer } from "./compose.js";
import { loadOverview, model, on } from "./model.js";
import { href, go, onRoute, route } from "./route.js";
import { channelName, customerName, day, clock, plural } from "./text.js";

const list = h("ul", { class: "thread-list" });
const foot = h("p", { class: "foot soft" });
const search = h("input", { type: "search", placeholder: "Find a customer or text", "aria-label": "Find a thread", on: {
  input: () => {
    model.search = search.value.trim();
    loadOverview();
  } } });

export function threads() {
  $("threads").append(
    h("header", { class: "pane-head" }, h("h2", {}, "Threads"), h("button", { type: "button", class: "primary small", "aria-keyshortcuts": "n", on: { click: newCustomer } }, "New customer")),
    h("div", { class: "find" }, search), list, foot);
  on("overview findings", draw);
  onRoute(draw);
}

/** How many findings a thread has, and whether a must is among them. */
export function foundIn(thread) {
  const of = model.findings.filter((f) => f.thread === thread);
  return { count: of.length, must: of.some((f) => f.severity === "must") };
}

function draw() {
  const { overview } = model;
  if (!overview) return;
  document.body.classList.toggle("nobody", overview.of === 0 && !model.search && route().scope !== "all");
  lay(list, overview.threads, (t) => t.id, (t) => JSON.stringify([t.name, t.last, t.cap, t.active, foundIn(t.id), route().thread === t.id, href({ thread: "" })]), row);
  foot.textContent = overview.of > overview.threads.length ? `the newest ${overview.threads.length} of ${overview.of} threads; search finds the others` : overview.of ? "" : model.search ? "no thread has that in it" : "";
}

function row(t) {
  const found = foundIn(t.id), open = route().thread === t.id;
  const last = t.last.text || t.text || "has not written yet";
  const who = { integrator: t.last.kind === "offer" ? "Offer" : t.last.kind === "refused" ? "Refused" : "You" }[t.last.from];
  const to = (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go({ thread: t.id, exchange: 0, view: "talk", scope: "" });
  };
  return h("li", {}, h("a", { class: "thread", href: href({ thread: t.id, exchange: 0, view: "talk", scope: "" }), "aria-current": open ? "true" : null, on: { click: to } },
    h("span", { class: "avatar " + t.channel, "aria-hidden": "true" }, channelName(t.channel)[0]),
    h("span", { class: "who" }, h("bdi", {}, customerName(t))),
    h("time", { class: "soft", datetime: t.active }, sameDay(t.active) ? clock(t.active).slice(0, 5) : day(t.active)),
    h("span", { class: "last " + t.last.kind }, who && h("b", {}, (who === "You" ? t.operator : who) + ": "), h("bdi", {}, last)),
    h("span", { class: "tags" },
      h("span", { class: "chan" }, channelName(t.channel)),
      h("span", { class: "cap" + (t.last.offers > t.cap ? " bad" : ""), title: "Offers that this thread got, of those it may get" }, `${t.last.offers}/${t.cap} offers`),
      found.count > 0 && h("span", { class: "badge " + (found.must ? "bad" : "warn") }, plural(found.count, "finding")))));
}

const sameDay = (at) => model.overview && new Date(at).toDateString() === new Date(model.overview.now).toDateString();
