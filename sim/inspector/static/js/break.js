// Faults, clock, webhooks, outbox, reset.

import { $, h, lay } from "./dom.js";
import { act, action, call, curlButton, dialog, get, say } from "./api.js";
import { emit, loadFaults, loadTime, model, on, reload, simulated } from "./model.js";
import { refresh } from "./live.js";
import { go, onRoute, route } from "./route.js";
import { clock, channelName, countdown, day, plural } from "./text.js";

const ready = [ // the first three are what the first minute needs
  ["encore-503-twice", "Encore answers 503 twice"], ["encore-never-answers", "Encore never answers"], ["meta-refuses-offer", "Meta refuses the offer"],
];
const armed = h("ul", { class: "armed" });
const presets = h("div", { class: "presets" });
const webhooks = h("ul", { class: "hooks" });
const outbox = h("ul", { class: "outbox" });
let known = [];

export function breakPage() {
  $("break").append(
    h("div", { class: "columns" },
      panel("Armed now", "A fault strikes the calls that it matches until it is spent or disarmed.", armed, h("div", { class: "row" }, action("Disarm all", "nothing is broken any more", () => ["DELETE", "faults"], { then: loadFaults }))),
      panel("One click", "Ready-made faults. With a thread open they strike that customer alone.", presets),
      panel("A fault of your own", null, own()),
      panel("Clock", "Time is simulated. A thread may be ahead of the others; clocks only go forward.", clocks()),
      panel("Webhooks", "Where the integrator listens, and how the last delivery went.", webhooks, target()),
      panel("Outbox", "Webhooks that wait for delivery.", outbox, h("div", { class: "row" }, action("Deliver all now", (a) => plural(a.fired?.length ?? 0, "webhook was", "webhooks were") + " attempted", () => ["POST", "outbox/flush"], { then: load }))),
      panel("Begin anew", "Forgets threads, journal, faults and decisions. Clock and webhooks stay.", h("div", { class: "row" }, h("span", { class: "act danger" }, h("button", { type: "button", on: { click: reset } }, "Reset"), curlButton("reset", () => ["POST", "reset"]))))));
  on("faults", drawArmed);
  on("time", tick);
  on("lines", () => route().view === "break" && load());
  onRoute((now, before) => now.view === "break" && before.view !== "break" && load());
  setInterval(tick, 1000);
  get("faults/presets").then((answer) => {
    known = answer.presets;
    drawPresets();
  }, () => {});
  onRoute((now, before) => now.thread !== before.thread && drawPresets());
  if (route().view === "break") load();
}

const panel = (title, about, ...inside) => h("section", { class: "panel" }, h("h2", {}, title), about && h("p", { class: "soft" }, about), inside);

const customer = () => route().thread.split(":").slice(2).join(":");

/** A preset, aimed at the open thread's customer if there is one. */
function aimed(fault) {
  const one = customer();
  return one ? { ...fault, match: { ...fault.match, customer: one } } : fault;
}

function drawPresets() {
  const first = ready.filter(([name]) => known.some((p) => p.name === name)).map(([name]) => name);
  const order = [...known].sort((a, b) => (first.indexOf(b.name) >= 0) - (first.indexOf(a.name) >= 0) || first.indexOf(a.name) - first.indexOf(b.name));
  const title = (p) => ready.find(([name]) => name === p.name)?.[1] ?? p.name[0].toUpperCase() + p.name.slice(1).replaceAll("-", " ");
  presets.replaceChildren(...order.map((p) => h("div", { class: "preset" }, action(title(p), `armed: ${p.about}`, () => ["POST", "faults", aimed(p.fault)], { then: loadFaults }), h("p", { class: "soft" }, p.about))));
}

function drawArmed() {
  const live = model.faults.filter((f) => !f.spent);
  const count = $("armed");
  count.hidden = !live.length;
  count.textContent = live.length || "";
  lay(armed, model.faults, (f) => f.fault.id, (f) => JSON.stringify(f), armedRow);
  if (!model.faults.length) armed.replaceChildren(h("li", { class: "soft" }, "Nothing is broken on purpose."));
  armed.laid = model.faults.length ? armed.laid : undefined;
  tick();
}

function armedRow(f) {
  return h("li", { class: f.spent ? "spent" : "" },
    h("div", {}, h("strong", {}, aboutOf(f)), h("code", {}, f.effect)),
    h("div", { class: "row" },
      h("span", { class: "pill " + (f.spent ? "" : "warn") }, f.spent ? "spent" : f.left !== undefined ? plural(f.left, "turn") + " left" : "until disarmed"),
      f.expires && !f.spent && h("span", { class: "pill", data: { expires: f.expires } }, "…"),
      h("span", { class: "soft" }, f.struck ? `struck ${plural(f.struck, "call")}` : "struck nothing yet"),
      action("Disarm", `${f.fault.id} is disarmed`, () => ["DELETE", "faults/" + encodeURIComponent(f.fault.id)], { then: loadFaults, name: "Disarm " + f.fault.id })));
}

/** A fault's preset in words, else its operation. */
function aboutOf(f) {
  const { match = {} } = f.fault;
  return [f.fault.id, match.operation && "on " + match.operation, match.customer && "for " + match.customer].filter(Boolean).join(" ");
}

const label = (title, control) => h("label", { class: "field" }, h("span", {}, title), control);
const options = (...all) => all.map(([value, text]) => h("option", { value }, text));

function own() {
  const what = h("select", {}, options(["503", "answer 503"], ["429", "answer 429"], ["500", "answer 500"], ["409", "answer 409"], ["401", "answer 401"], ["hang", "never answer"], ["reset", "break the connection"], ["garbled", "answer garbled JSON"], ["truncate=40", "end after 40 bytes"], ["latency=3s", "answer 3 s late"], ["no-fill=geo", "have no offer"]));
  const on = h("select", {}, options(["encore.offersMessage", "Encore, asked for an offer"], ["encore.impressionDelivered", "Encore, told of a delivery"], ["meta.whatsappMessages", "Meta, a WhatsApp message"], ["meta.pageMessages", "Meta, a Messenger message"], ["meta.instagramMessages", "Meta, an Instagram message"], ["kaleyra.sendMessage", "Kaleyra, a message"], ["interakt.sendMessage", "Interakt, a message"], ["zoko.sendMessage", "Zoko, a message"], ["", "every call"]));
  const times = h("input", { type: "number", min: "1", max: "1000", placeholder: "always" });
  const when = h("select", {}, options(["", "before the work is done"], ["after", "after it: only the answer is lost"]));
  const whom = h("input", { autocomplete: "off", placeholder: "every customer" });
  onRoute(() => (whom.value = customer()));
  whom.value = customer();
  const grammar = () => [what.value, times.value && "times=" + times.value, on.value && "operation=" + on.value, whom.value && "customer=" + whom.value, when.value].filter(Boolean).join(";");
  const request = () => ["POST", "faults", grammar()];
  return h("form", { "aria-label": "A fault of your own", on: { submit: async (e) => (e.preventDefault(), (await act((a) => `${a.fault.id} is armed`, ...request())) && loadFaults()) } },
    h("div", { class: "fields" }, label("Shall", what), label("When called", on), label("How often", times), label("Strikes", when), label("Customer", whom)),
    h("div", { class: "row end" }, curlButton("arm this fault", request), h("button", { type: "submit", class: "primary" }, "Arm")));
}

function clocks() {
  const custom = h("input", { placeholder: "36h", size: "6", "aria-label": "How far" });
  const whose = h("select", { "aria-label": "What moves" }, options(["thread", "the open thread"], ["", "the whole workspace"]));
  const body = (advance) => ["POST", "clock", { advance, ...(whose.value && route().thread ? { thread: route().thread } : {}) }];
  const told = (a) => `it is ${day(a.now)} ${clock(a.now)} now; ${plural(a.fired?.length ?? 0, "webhook")} fired`;
  const then = () => (loadTime(), refresh());
  return [
    h("p", { class: "big-clock" }, h("time", { data: { clock: "" } }, "…")),
    h("div", { class: "row" }, whose),
    h("div", { class: "row" }, ["1m", "1h", "6h", "26h", "7d"].map((d) => action("+" + d, told, () => body(d), { then }))),
    h("div", { class: "row" }, custom, action("Advance", told, () => body(custom.value || "36h"), { then })),
  ];
}

/** The clock as a dialog, for the button in the head. */
export function clockDialog() {
  dialog("Simulated time", ...clocks());
  tick();
}

function target() {
  const channel = h("select", {}, options(["*", "every channel"]));
  on("overview", () => {
    if (channel.options.length > 1 || !model.overview) return;
    channel.append(...options(...model.overview.channels.map((c) => [c.name, channelName(c.name)])));
  });
  const url = h("input", { type: "url", placeholder: "http://127.0.0.1:3000/webhook" });
  const request = () => ["PUT", "webhook", { channel: channel.value, url: url.value }];
  return h("form", { class: "target", "aria-label": "Set a webhook", on: { submit: async (e) => (e.preventDefault(), (await act("the webhook is set", ...request())) && load()) } },
    h("div", { class: "fields" }, label("Channel", channel), label("URL", url)),
    h("div", { class: "row end" }, curlButton("set this webhook", request), h("button", { type: "submit" }, "Set")));
}

async function load() {
  const [hooks, box, lines] = await Promise.all([get("webhook"), get("outbox"), get("lines?limit=500")]).catch(() => [null]);
  if (!hooks) return;
  const last = new Map();
  const all = Object.entries(hooks.webhooks);
  for (const l of lines.lines) if (l.out && l.thread) last.set(targetOf(l.thread, hooks.webhooks), l);
  lay(webhooks, all, ([of]) => of, ([of, url]) => JSON.stringify([url, hooks.suspended[of], last.get(of)]), ([of, url]) => {
    const l = last.get(of), well = l && l.status >= 200 && l.status < 300;
    return h("li", {}, h("span", { class: "dot " + (hooks.suspended[of] ? "bad" : !l ? "" : well ? "good" : "bad") }), h("strong", {}, of === "*" ? "every other channel" : of), h("code", {}, url === "http://integrator.localhost/webhook" || url.startsWith("http://integrator.localhost/") ? "the built-in integrator" : url),
      h("span", { class: "soft" }, hooks.suspended[of] ? "switched off by the vendor after failures" : !l ? "nothing delivered yet" : l.flight ? "being delivered" : `answered ${l.status || "nothing"} at ${clock(l.at)}`));
  });
  if (!all.length) webhooks.replaceChildren(h("li", { class: "warn" }, "No webhook is set, so nobody hears what customers write."));
  lay(outbox, box.waiting.slice(0, 50), (w) => w.thread + w.id + w.event, (w) => JSON.stringify(w), (w) => h("li", {}, h("strong", {}, w.event), h("bdi", { class: "mono" }, w.thread), h("span", { class: "soft" }, w.held ? "held until another overtakes it" : `due ${day(w.due)} ${clock(w.due)}`, w.attempts ? `, ${plural(w.attempts, "attempt")} so far` : "")));
  if (!box.waiting.length) outbox.replaceChildren(h("li", { class: "soft" }, "Nothing waits."));
  if (!box.waiting.length) outbox.laid = undefined;
}

/** Which target a thread's webhooks go to: its account's, its channel's, or that of all others. */
function targetOf(thread, hooks) {
  const [channel, account] = thread.split(":");
  return [channel + ":" + account, channel].find((of) => of in hooks) ?? "*";
}

function reset() {
  const d = dialog("Forget everything?", h("p", {}, "Threads, journal, faults and decisions of this workspace are forgotten. Clock and webhooks stay."),
    h("div", { class: "row end" }, h("button", { type: "button", on: { click: () => d.close() } }, "Keep"), h("button", { type: "button", class: "danger", on: { click: async () => {
      d.close();
      if (!(await act("everything is forgotten", "POST", "reset"))) return;
      go({ thread: "", exchange: 0, scope: "" });
      refresh();
    } } }, "Reset")));
}

/** Clocks and countdowns between two looks. */
function tick() {
  const now = simulated();
  if (now === null) return;
  for (const el of document.querySelectorAll("[data-clock]")) el.textContent = `${day(now)} ${clock(now)}`;
  for (const el of document.querySelectorAll("[data-expires]")) el.textContent = countdown(Date.parse(el.dataset.expires) - now) + " left";
}
