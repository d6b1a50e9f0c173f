// The open thread as the customer sees it.

import { $, h, lay, s } from "./dom.js";
import { act, action, curlButton, dialog, say } from "./api.js";
import { composer } from "./compose.js";
import { model, on, simulated } from "./model.js";
import { go, onRoute, route } from "./route.js";
import { card, conversation, own } from "./read.js";
import { channelName, clock, countdown, customerName, day, plural } from "./text.js";
import { foundIn } from "./threads.js";
import { welcome } from "./welcome.js";

const head = h("header", { class: "pane-head chat-head" });
const list = h("ol", { class: "messages", "aria-label": "Messages" });
const scroller = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Messages of the open thread" }, list);
const nothing = h("div", { class: "empty" });
let opened = "", pinned = true;

export function chat() {
  $("chat").append(head, nothing, scroller, composer());
  on("entries lines", draw);
  on("overview findings", () => (drawHead(), drawNothing()));
  onRoute((now, before) => {
    if (now.thread !== before.thread) {
      lay(list, [], String, String, String);
      opened = "";
    }
    drawHead();
    drawNothing();
  });
  scroller.addEventListener("scroll", () => (pinned = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 120), { passive: true });
  // A narrower window makes the list longer; who read its end still does.
  new ResizeObserver(() => pinned && end()).observe(list);
  new ResizeObserver(() => pinned && end()).observe(scroller);
  setInterval(tick, 1000);
  drawNothing();
}

const summary = () => model.overview?.threads.find((t) => t.id === route().thread) ?? parsed(route().thread);

function parsed(id) {
  const [channel, account, ...customer] = id.split(":");
  const known = model.overview?.channels.find((c) => c.name === channel)?.accounts.find((a) => a.id === account);
  return { id, channel, account, customer: customer.join(":"), operator: known?.name ?? account, cap: null, last: { offers: 0 } };
}

function drawNothing() {
  const { thread } = route();
  $("chat").dataset.channel = thread.split(":")[0];
  $("chat").classList.toggle("blank", !thread);
  if (thread) nothing.replaceChildren();
  else welcome(nothing);
}

function drawHead() {
  const { thread } = route();
  if (!thread) {
    head.replaceChildren();
    return;
  }
  const t = summary(), found = foundIn(thread);
  const sig = JSON.stringify([thread, t.name, t.operator, t.last.offers, t.cap, found]);
  if (head.dataset.sig === sig) return;
  head.dataset.sig = sig;
  head.replaceChildren(
    h("button", { type: "button", class: "icon back", "aria-label": "Back to the threads", on: { click: () => go({ thread: "", exchange: 0 }) } }, "‹"),
    h("span", { class: "avatar " + t.channel, "aria-hidden": "true" }, channelName(t.channel)[0]),
    h("div", { class: "title" }, h("h2", {}, h("bdi", {}, customerName(t))), h("p", { class: "soft" }, h("bdi", {}, t.operator), " on ", channelName(t.channel))),
    h("div", { class: "chat-tags" },
      t.cap !== null && h("span", { class: "cap" }, `${t.last.offers} of ${plural(t.cap, "offer")}`),
      found.count > 0 && h("a", { class: "badge " + (found.must ? "bad" : "warn"), href: "?view=verdict", on: { click: (e) => (e.preventDefault(), go({ view: "verdict" })) } }, plural(found.count, "finding"))));
}

function draw() {
  const { thread } = route();
  if (!thread) return;
  const pauses = [...model.lines.values()].filter((l) => l.pause && route().scope !== "all");
  const items = [];
  let last = "";
  for (const item of conversation(model.entries.values(), pauses)) {
    if (item.type !== "pause" && day(item.at) !== last) {
      last = day(item.at);
      items.push({ key: "d" + item.at, type: "day", text: last });
    }
    items.push(item);
  }
  if (opened !== thread) pinned = true;
  const follows = pinned;
  lay(list, items, (i) => i.key, (i) => JSON.stringify(i), message);
  if (follows) end();
  if (items.length) opened = thread;
  tick();
}

const end = () => (scroller.scrollTop = scroller.scrollHeight);

const kinds = {
  day: (i) => h("li", { class: "day" }, h("span", {}, i.text)),
  pause: (i) => h("li", { class: "pause" }, h("span", {}, i.text + " pass")),
  event: (i) => h("li", { class: "event" }, h("span", {}, i.text), see(i.n)),
  customer: customer,
  business: business,
};

const message = (item) => kinds[item.type](item);

const see = (n) => h("button", { type: "button", class: "see", title: "Show exchange " + n, on: { click: () => go({ exchange: n }) } }, "#" + n);

const bubble = (text) => h("p", { class: "text", dir: "auto" }, text);

function customer(i) {
  const kind = i.attachment?.kind;
  const text = kind === "reaction" ? i.attachment.text || "took a reaction back" : i.text;
  return h("li", { class: "msg mine" + (kind === "reaction" ? " reaction" : "") },
    h("article", { class: "bubble", "aria-label": "Customer: " + (text || kind || i.not || "message") },
      kind && kind !== "reaction" && h("p", { class: "kind" }, kind === "button" ? "tapped a button" : kind),
      text ? bubble(text) : !kind && h("p", { class: "kind" }, i.not || "message"),
      h("footer", {}, h("time", { datetime: i.at }, clock(i.at).slice(0, 5)))),
    h("div", { class: "meta" },
      see(i.exchanges.at(-1)),
      i.exchanges.length > 1 && h("span", {}, plural(i.exchanges.length, "delivery", "deliveries")),
      i.forged && h("span", { class: "warn" }, `signature ${i.forged}`),
      i.acked === null ? h("span", {}, "on its way") : i.acked >= 200 && i.acked < 300 ? null : h("span", { class: "bad" }, i.outcome === "dropped" ? "lost on purpose" : i.acked ? `your webhook answered ${i.acked}` : "your webhook did not answer"),
      menu("Do more with this message", action("Deliver again", (a) => `delivered again as #${a.exchange}, answered ${a.status || "not at all"}`, () => ["POST", `exchanges/${i.exchanges[0]}/redeliver`]))));
}

function business(i) {
  const parts = card(i.message);
  const all = parts.cards ?? [parts];
  const trouble = i.refused ? `Refused ${i.refused.status || ""}${i.refused.code ? `, code ${i.refused.code}` : ""}: ${i.refused.reason}` : i.failed ? `Failed${i.failed.code ? `, code ${i.failed.code}` : ""}: ${i.failed.reason || "no reason given"}` : "";
  return h("li", { class: "msg theirs" + (i.offer ? " offer" : "") + (trouble ? " failed" : "") },
    h("article", { class: "bubble" + (all[0].image ? " wide" : ""), "aria-label": (i.offer ? "Offer: " : "Business: ") + (i.message.content?.text || i.message.type) },
      i.offer && h("p", { class: "label" }, i.number ? `Offer ${i.number}` : "Offer"),
      all.length > 1 ? h("div", { class: "cards" }, all.map((c) => h("div", { class: "card" }, body(c, i)))) : body(all[0], i),
      h("footer", {}, h("time", { datetime: i.at }, clock(i.at).slice(0, 5)), ticks(i))),
    trouble && h("p", { class: "trouble", dir: "auto" }, trouble),
    h("div", { class: "meta" }, see(i.n),
      i.click && h("span", { class: "good" }, i.click.completed ? "tapped and completed" : "tapped " + see(i.click.tapped.at(-1).n).textContent),
      i.id && menu("Report a status of this message", ...statuses(i))));
}

function body(c, i) {
  return [
    c.image && picture(c.image),
    c.missing && h("div", { class: "picture none" }, "an uploaded picture, id " + c.missing),
    c.title && h("p", { class: "card-title", dir: "auto" }, c.title),
    c.text && bubble(c.text),
    c.subtitle && h("p", { class: "soft sub", dir: "auto" }, c.subtitle),
    c.more && h("p", { class: "kind" }, c.more),
    c.until && h("p", { class: "until" }, "ends in ", h("b", { data: { until: c.until } }, "…")),
    c.code && h("p", { class: "code-row" }, h("code", {}, c.code), h("button", { type: "button", class: "small", on: { click: () => say(`the customer copied ${c.code}`) } }, "Copy code")),
    c.footer && h("p", { class: "soft sub", dir: "auto" }, c.footer),
    c.chip && h("p", { class: "chip" }, c.chip),
    (c.buttons ?? []).map((b) => h("button", { type: "button", class: "tap", on: { click: () => tap(b, i) } }, h("bdi", {}, b.label || "Open"))),
  ];
}

function picture(url) {
  const path = own(url);
  if (!path) return h("div", { class: "picture none" }, "a picture elsewhere, which is not loaded: ", h("bdi", {}, url));
  const img = h("img", { class: "picture", src: path, alt: "Picture of the message", width: "800", height: "418", loading: "lazy", on: { error: () => img.replaceWith(h("div", { class: "picture none" }, "the picture cannot be loaded: ", h("bdi", {}, url))) } });
  return img;
}

const marks = { "": "accepted", sent: "sent", delivered: "delivered", read: "read", played: "played", failed: "failed" };

function ticks(i) {
  if (i.refused) return s("svg", { class: "ticks bad", viewBox: "0 0 16 12", role: "img", "aria-label": "refused" }, s("path", { d: "M3 2l8 8M11 2l-8 8" }));
  const status = i.status ?? "";
  const shape = status === "failed" ? "M3 2l8 8M11 2l-8 8" : status === "" ? "M8 2a4 4 0 1 0 .01 0M8 4v2.2l1.6 1" : status === "sent" ? "M3 6l3 3 6-7" : "M1 6l3 3 6-7M6.5 8.4l.8.8L13.6 2";
  return s("svg", { class: "ticks " + status, viewBox: "0 0 16 12", role: "img", "aria-label": marks[status] ?? status }, s("path", { d: shape }));
}

const menu = (label, ...inside) => h("details", { class: "menu" }, h("summary", { "aria-label": label, title: label }, "⋯"), h("div", { class: "menu-sheet" }, inside));

function statuses(i) {
  const path = `messages/${encodeURIComponent(i.id)}/status`;
  const code = h("input", { inputmode: "numeric", size: "7", value: i.offer ? "131049" : "131026", "aria-label": "Vendor's error code" });
  return [
    ...["delivered", "read"].map((status) => action("Mark " + status, `told the integrator: ${status}`, () => ["POST", path, { status }])),
    h("span", { class: "row" }, action("Mark failed", "told the integrator: failed", () => ["POST", path, { status: "failed", ...(Number(code.value) ? { code: Number(code.value) } : {}) }]), h("label", { class: "inline" }, "code ", code)),
  ];
}

/** What a tap does: a reply button writes, a link is followed if the sandbox serves it. */
function tap(b, i) {
  const [channel, account, from] = splitThread();
  if (b.reply) {
    act("the customer tapped “" + b.label + "”", "POST", "messages", { channel, account, from, type: channel === "messenger" || channel === "instagram" ? "postback" : "button_reply", text: b.label, payload: b.reply.id ?? b.label, replyTo: i.id });
    return;
  }
  const path = own(b.url ?? "");
  if (!path) {
    dialog("A link that leads outside", h("p", {}, "The sandbox does not play this address, so it is not opened:"), h("pre", { class: "code", tabindex: "0" }, b.url ?? "no address"));
    return;
  }
  const told = h("p", { class: "soft", role: "status" }, "waiting for the click to be recorded …");
  const before = i.click?.tapped.length ?? 0;
  const d = dialog("What the customer sees after the tap",
    h("iframe", { class: "phone-page", src: path, sandbox: "allow-forms", title: "The advertiser’s page", referrerpolicy: "no-referrer" }),
    told, h("div", { class: "row end" }, curlButton("open the link", () => ["GET", path])));
  const off = on("entries", () => {
    if (!d.isConnected) return off();
    const click = conversation(model.entries.values(), []).find((x) => x.key === "m" + i.id)?.click;
    if (!click || click.tapped.length <= before) return;
    const { n, transaction, user } = click.tapped.at(-1);
    told.replaceChildren("Recorded ", see(n), ` as transaction `, h("code", {}, transaction), " of user ", h("code", {}, user || "unknown"), click.completed ? "; completed" : "");
    told.classList.remove("soft");
  });
}

function splitThread() {
  const [channel, account, ...rest] = route().thread.split(":");
  return [channel, account, rest.join(":")];
}

function tick() {
  const now = simulated();
  if (now === null) return;
  for (const el of list.querySelectorAll("[data-until]")) {
    const left = Number(el.dataset.until) - now;
    el.textContent = left > 0 ? countdown(left) : "now: it has ended";
  }
}
