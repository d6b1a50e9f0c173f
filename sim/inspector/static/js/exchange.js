// One exchange: what was asked, what was answered, what the sandbox made of it.

import { $, h } from "./dom.js";
import { action, copyButton, curlOf } from "./api.js";
import { exchange, model, on } from "./model.js";
import { go, onRoute, route } from "./route.js";
import { step } from "./timeline.js";
import { clock, day, plural, pretty } from "./text.js";

let shown = 0, asked = 0;

export function exchangePane() {
  onRoute((now, before) => now.exchange !== before.exchange && show());
  on("lines", () => {
    const line = model.lines.get(route().exchange);
    if (line && line.n === shown && $("exchange").dataset.flight === "true" && !line.flight) show();
  });
  on("findings", () => shown && verdicts());
  show();
}

async function show() {
  const n = route().exchange, pane = $("exchange");
  const mine = ++asked;
  document.body.classList.toggle("detail", n > 0);
  pane.hidden = n === 0;
  if (!n) {
    shown = 0;
    return;
  }
  let e;
  try {
    e = await exchange(n);
  } catch (problem) {
    if (mine === asked) pane.replaceChildren(heading(n), h("p", { class: "empty" }, problem.message));
    return;
  }
  if (mine !== asked) return;
  shown = n;
  pane.dataset.flight = String(!e.ended);
  pane.replaceChildren(heading(n, e), h("div", { class: "scroll detail-body", tabindex: "0", role: "region", "aria-label": "Details of exchange " + n }, ...parts(e)));
  verdicts();
}

function heading(n, e) {
  return h("header", { class: "pane-head" },
    h("h2", {}, h("span", { class: "mono" }, "#" + n), e ? " " + (e.operation || "no operation") : ""),
    h("div", { class: "tools" },
      e?.direction === "out" && e.thread && action("Deliver again", (a) => `delivered again as #${a.exchange}`, () => ["POST", `exchanges/${n}/redeliver`]),
      e && copyButton(() => curlOf(e), "Copy as curl"),
      h("button", { type: "button", class: "icon", "aria-label": "Previous exchange", "aria-keyshortcuts": "k", on: { click: () => step(-1) } }, "↑"),
      h("button", { type: "button", class: "icon", "aria-label": "Next exchange", "aria-keyshortcuts": "j", on: { click: () => step(1) } }, "↓"),
      h("button", { type: "button", class: "icon", "aria-label": "Close the exchange", "aria-keyshortcuts": "Escape", on: { click: () => go({ exchange: 0 }) } }, "×")));
}

const fact = (name, value, kind = "") => value !== undefined && value !== null && value !== "" && value !== false && h("div", { class: kind }, h("dt", {}, name), h("dd", {}, value));

function parts(e) {
  const answer = e.direction === "out" ? e.ended?.response : e.response;
  const dedup = header(e.response, "X-Sandbox-Dedup"), noFill = header(e.response, "X-Sandbox-No-Fill");
  const opensThread = (event) => (event.preventDefault(), go({ thread: e.thread }));
  return [
    h("div", { id: "verdicts" }),
    h("dl", { class: "facts" },
      fact("who", e.direction === "out" ? `${e.fake} called the integrator` : `the integrator called ${e.fake}`),
      fact("status", answer?.status ? h("span", { class: "badge " + (answer.status < 400 ? "good" : "bad") }, String(answer.status)) : e.ended ? h("span", { class: "badge bad" }, "no answer") : "in flight"),
      fact("took", e.ended && `${(e.ended.duration / 1e6).toFixed(1)} ms`),
      fact("simulated", `${day(e.at)} ${clock(e.at, true)} UTC`),
      fact("thread", e.thread ? h("a", { href: "?thread=" + encodeURIComponent(e.thread), on: { click: opensThread } }, h("bdi", { class: "mono" }, e.thread)) : "outside any thread"),
      fact("on the wire", e.ended && e.ended.outcome !== "completed" && e.ended.outcome, "warn"),
      fact("fault", e.fault && `${e.fault.id}: ${e.fault.effect}`, "warn"),
      fact("dedup", dedup && (dedup === "hit" ? "hit: the answer of the call before" : "miss: decided now")),
      fact("no offer", noFill)),
    list("Does not fit the contract", e.problems, "bad"),
    list("The sandbox’s answer does not fit its contract, please report it", e.breach, "bad"),
    list("Tolerated", e.remarks, "warn"),
    half("Request", e.request, `${e.request.method} ${e.request.url}`),
    answer ? half("Response", answer, `${answer.status}`) : h("section", { class: "half" }, h("h3", {}, "Response"), h("p", { class: "soft" }, e.ended ? "none came" : "not yet")),
    notes([...(e.notes ?? []), ...(e.ended?.notes ?? [])]),
  ];
}

const header = (message, name) => message?.header?.[name]?.[0];

const list = (title, items, kind) => items?.length > 0 && h("section", { class: "notice " + kind }, h("h3", {}, title), h("ul", {}, items.map((i) => h("li", {}, i))));

function half(title, m, line) {
  const headers = Object.entries(m.header ?? {}).flatMap(([name, values]) => values.map((v) => [name, v])).sort();
  return h("section", { class: "half" }, h("h3", {}, title),
    h("p", { class: "mono line-of" }, line),
    headers.length > 0 && h("details", {}, h("summary", {}, plural(headers.length, "header")), h("dl", { class: "headers" }, headers.map(([name, v]) => h("div", {}, h("dt", {}, name), h("dd", {}, v))))),
    content(m));
}

function content(m) {
  if (m.body) return h("div", { class: "body" }, copyButton(() => pretty(m.body)), h("pre", { tabindex: "0", "aria-label": "Body" }, pretty(m.body)));
  if (m.size) return h("p", { class: "soft" }, `${m.size} bytes${m.sha256 ? `, SHA-256 ${m.sha256}` : ""}`);
  return h("p", { class: "soft" }, "no body");
}

const notes = (all) => all.length > 0 && h("section", { class: "half" }, h("h3", {}, "What the sandbox understood"),
  all.map((n) => h("details", {}, h("summary", {}, n.kind), h("pre", { tabindex: "0" }, JSON.stringify(n.data, null, 2)))));

/** The duties that this exchange proves broken. */
function verdicts() {
  const own = model.findings.filter((f) => f.exchanges?.includes(shown));
  $("verdicts")?.replaceChildren(...own.map((f) => h("p", { class: "finding " + f.severity }, h("strong", {}, f.rule), " ", f.what, " ",
    h("button", { type: "button", class: "link", on: { click: () => go({ view: "verdict" }) } }, "why, and how to fix it"))));
}
