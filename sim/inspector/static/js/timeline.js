// The sequence diagram. Only the rows in sight are drawn, so that ten thousand
// exchanges scroll like ten.

import { $, h, s } from "./dom.js";
import { model, on, loadLines, reload } from "./model.js";
import { go, href, onRoute, route } from "./route.js";
import { clock, plural } from "./text.js";

const height = 46; // of a row, in px
const beyond = 8; // rows drawn out of sight

const filter = h("input", { type: "search", placeholder: "Filter", "aria-label": "Filter the exchanges", on: { input: () => (sift(), draw()) } });
const kinds = h("select", { "aria-label": "Which exchanges", on: { change: () => (sift(), draw()) } },
  [["", "all"], ["offer", "offers"], ["reply", "replies"], ["ask", "calls of Encore"], ["hook", "webhooks"], ["trouble", "with trouble"]].map(([value, label]) => h("option", { value }, label)));
const scope = h("select", { "aria-label": "Whose exchanges", on: { change: () => go({ scope: scope.value, exchange: 0 }) } }, h("option", { value: "" }, "this thread"), h("option", { value: "all" }, "everything"));
const lanes = h("div", { class: "lanes", "aria-hidden": "true" });
const canvas = h("div", { class: "canvas", role: "presentation" });
const scroller = h("div", { class: "scroll diagram", tabindex: "0", role: "listbox", "aria-label": "Exchanges in order of arrival", "aria-keyshortcuts": "j k" }, lanes, canvas);
const note = h("p", { class: "foot soft", role: "status" });

let rows = []; // what the filter lets through
let parties = [];
let guilty = new Map(); // rules by exchange
let follows = true, wanted = false;

export function timeline() {
  $("lines").append(
    h("header", { class: "pane-head" }, h("h2", {}, "Timeline"), h("div", { class: "tools" }, scope, kinds, filter)),
    h("ul", { class: "legend", "aria-hidden": "true" }, [["ask", "to Encore"], ["offer", "offer"], ["reply", "reply"], ["hook", "webhook"]].map(([k, label]) => h("li", {}, h("i", { class: k }), label))),
    scroller, note);
  on("lines findings", () => (sift(), draw()));
  onRoute((now, before) => {
    if (now.thread !== before.thread || now.scope !== before.scope) {
      follows = true;
      reload();
    }
    wanted = now.exchange !== before.exchange;
    scope.value = now.scope;
    draw();
  });
  scroller.addEventListener("scroll", () => {
    follows = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < height;
    paint();
  }, { passive: true });
  new ResizeObserver(paint).observe(scroller);
  scroller.addEventListener("keydown", keys);
  scope.value = route().scope;
  wanted = true;
}

function sift() {
  const text = filter.value.trim().toLowerCase(), kind = kinds.value;
  guilty = new Map();
  for (const f of model.findings) for (const n of f.exchanges ?? []) guilty.set(n, [...new Set([...(guilty.get(n) ?? []), f.rule])]);
  rows = [...model.lines.values()].filter((l) => l.operation !== "advertiser.creativeImage").sort((a, b) => (a.tick < b.tick ? -1 : 1));
  parties = everybody(rows);
  if (parties.length > 5) {
    rows = rows.map(gathered);
    parties = everybody(rows);
  }
  rows = rows.filter((l) => {
    if (kind && (kind === "trouble" ? !l.trouble && !guilty.has(l.n) : l.kind !== kind)) return false;
    return !text || `#${l.n} ${l.thread ?? ""} ${l.operation ?? ""} ${l.from ?? ""} ${l.to ?? ""} ${l.said ?? ""} ${l.trouble ?? ""} ${guilty.get(l.n) ?? ""}`.toLowerCase().includes(text);
  });
}

const everybody = (lines) => [...new Set(["customer", "integrator", "Encore", ...lines.flatMap((l) => [l.from, l.to])])].filter(Boolean);

/** With many vendors one lane stands for them all, and the words say which one it is. */
function gathered(l) {
  const one = (name) => (!name || ["customer", "integrator", "Encore"].includes(name) ? name : "providers");
  const from = one(l.from), to = one(l.to);
  if (from === l.from && to === l.to) return l;
  return { ...l, from, to, said: `${from === l.from ? l.to : l.from}: ${l.said}` };
}

const position = (name, of = parties) => ((of.indexOf(name) + 0.5) / of.length) * 100;

const heads = (of) => of.map((name) => {
  const el = h("span", {}, name);
  el.style.left = position(name, of) + "%";
  return el;
});

function draw() {
  lanes.replaceChildren(...heads(parties));
  canvas.style.height = rows.length * height + "px";
  note.textContent = [filter.value || kinds.value ? `${rows.length} of ${plural(model.lines.size, "line")}` : rows.length ? plural(rows.length, "line") : route().thread || route().scope === "all" ? "nothing was said here yet" : "open a thread, or look at everything",
    model.evicted ? `the oldest ${model.evicted} were forgotten` : ""].filter(Boolean).join("; ");
  if (wanted && route().exchange) reveal(route().exchange);
  else if (follows) scroller.scrollTop = scroller.scrollHeight;
  paint();
}

function reveal(n) {
  const i = rows.findIndex((l) => l.n === n);
  if (i < 0) return;
  wanted = false;
  const top = i * height, room = scroller.clientHeight - lanes.offsetHeight;
  if (top < scroller.scrollTop + height || top > scroller.scrollTop + room - 2 * height) scroller.scrollTop = Math.max(0, top - room / 3);
}

const drawn = new Map();

function paint() {
  const from = Math.max(0, Math.floor(scroller.scrollTop / height) - beyond);
  const to = Math.min(rows.length, Math.ceil((scroller.scrollTop + scroller.clientHeight) / height) + beyond);
  const keep = new Set();
  for (let i = from; i < to; i++) {
    const line = rows[i], key = line.n || line.tick;
    const sig = JSON.stringify([line, guilty.get(line.n), parties.length, line.n > 0 && route().exchange === line.n]);
    let one = drawn.get(key);
    if (!one || one.sig !== sig) {
      const el = row(line);
      if (one) one.el.replaceWith(el);
      else canvas.append(el);
      one = { el, sig };
      drawn.set(key, one);
    }
    one.el.style.top = i * height + "px";
    one.el.setAttribute("aria-posinset", i + 1);
    one.el.setAttribute("aria-setsize", rows.length);
    keep.add(key);
  }
  for (const [key, one] of drawn) {
    if (keep.has(key)) continue;
    one.el.remove();
    drawn.delete(key);
  }
  const open = route().exchange, shown = open && keep.has(open);
  if (shown) scroller.setAttribute("aria-activedescendant", "x" + open);
  else scroller.removeAttribute("aria-activedescendant");
}

function row(l, of = parties, role = "option", open = route().exchange === l.n, to = () => go({ exchange: l.n })) {
  if (l.pause) return h("div", { class: "line gap", role, "aria-disabled": "true", "aria-label": l.pause + " pass" }, h("span", {}, `… ${l.pause} pass`));
  const rules = guilty.get(l.n);
  const a = position(l.from, of), b = position(l.to, of), right = b >= a;
  const said = h("span", { class: "said" }, h("bdi", {}, l.said || l.operation || ""));
  const left = Math.min(a, b), wide = Math.abs(a - b);
  const trouble = l.trouble && h("span", { class: "trouble" }, h("bdi", {}, l.trouble));
  for (const label of trouble ? [said, trouble] : [said]) beside(label, left, wide, of.length);
  return h("div", {
    class: ["line", l.kind, open && "open", rules && "guilty", l.broken && "broken", l.flight && "flight"].filter(Boolean).join(" "), id: role === "option" ? "x" + l.n : null, role, "aria-selected": role === "option" ? String(open) : null, title: [l.said, l.trouble].filter(Boolean).join("\n"),
    "aria-label": `#${l.n}, ${clock(l.at)}, ${l.from} to ${l.to}: ${l.said}${l.trouble ? `, ${l.trouble}` : ""}${rules ? `, breaks ${rules.join(" ")}` : ""}`,
    on: to ? { click: to } : {},
  },
    h("span", { class: "at" }, h("time", {}, clock(l.at, true)), h("b", {}, "#" + l.n)),
    h("span", { class: "track" },
      s("svg", { "aria-hidden": "true" },
        of.map((name) => s("line", { class: "lane", x1: position(name, of) + "%", x2: position(name, of) + "%", y1: 0, y2: "100%" })),
        s("line", { class: "arrow", x1: a + "%", x2: b + "%", y1: 28, y2: 28 }),
        s("svg", { x: b + "%", y: 28, class: "tip" }, s("path", { d: right ? "M0 0l-9 -5v10z" : "M0 0l9 -5v10z" }))),
      said, trouble),
    h("span", { class: "mark" }, rules?.join(" ") || (l.fault ? h("span", { class: "warn" }, "fault") : "")));
}

/** The diagram of a few lines, all drawn; to opens one of them. */
export function sketch(lines, to) {
  const of = everybody(lines);
  return h("div", { class: "diagram sketch", role: "list", "aria-label": "Sequence diagram" }, h("div", { class: "lanes", "aria-hidden": "true" }, heads(of)),
    lines.map((l) => row(l, of, "listitem", false, to && (() => to(l)))));
}

/** Lays a label over an arrow. A short arrow's may go on to the right of it. */
function beside(label, left, wide, lanes) {
  const short = wide < 150 / lanes;
  label.classList.toggle("short", short);
  label.style.left = left + "%";
  label.style.width = (short ? Math.min(100 - left, 2.4 * wide || 60) : wide) + "%";
}

/** Opens the next exchange, or the previous one with -1. */
export function step(by) {
  const real = rows.filter((l) => l.n);
  if (!real.length) return;
  const at = real.findIndex((l) => l.n === route().exchange);
  const from = at >= 0 ? at : by > 0 ? -1 : real.length;
  const next = real[Math.min(real.length - 1, Math.max(0, from + by))];
  go({ exchange: next.n }, true);
}

function keys(event) {
  const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -1e9, End: 1e9 }[event.key];
  if (!by || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  step(by);
}
