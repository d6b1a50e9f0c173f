// Reads a thread's exchanges into what a customer sees: messages with their
// fate, and what happened beside them. It knows the vendors' shapes; nothing
// of it makes elements.

const ranks = { sent: 1, delivered: 2, read: 3, played: 3, failed: 4 };

const json = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

/** Every object within a tree that a test accepts. */
export function* within(tree, test) {
  if (!tree || typeof tree !== "object") return;
  if (!Array.isArray(tree) && test(tree)) yield tree;
  for (const child of Object.values(tree)) yield* within(child, test);
}

const first = (tree, test) => within(tree, test).next().value;

/** What a customer's message is beside its text: picture, reaction, tapped button and so on. */
export function attachment(body, id) {
  const tree = json(body);
  const own = first(tree, (o) => (o.id === id || o.mid === id || o.message_id === id || o.messageId === id) && Object.keys(o).length > 1) ?? tree;
  const reaction = first(own, (o) => typeof o.emoji === "string");
  if (reaction) return { kind: "reaction", text: reaction.emoji };
  const attached = first(tree, (o) => Array.isArray(o.attachments))?.attachments?.[0];
  if (attached) return { kind: String(attached.type ?? "attachment") };
  const type = own?.type ?? own?.message_content_type ?? own?.messageType;
  const reply = first(own, (o) => o.button_reply || o.list_reply || o.quick_reply || o.postback || o.button);
  if (reply) return { kind: "button" };
  if (typeof type === "string" && !["text", "Text", "interactive"].includes(type)) return { kind: type.toLowerCase() };
  return null;
}

/** The vendor's reason for a failed status. */
function reasonOf(body) {
  const error = first(json(body), (o) => Array.isArray(o.errors))?.errors?.[0];
  return error?.error_data?.details ?? error?.message ?? error?.title ?? "";
}

/** The vendor's reason for a refused send. */
export function refusalOf(entry) {
  if (!entry.response?.status) return "no answer was given";
  const body = json(entry.response.body);
  const error = body?.error ?? body;
  const text = typeof error === "string" ? error : error?.error_data?.details ?? error?.error_user_msg ?? error?.message ?? error?.title;
  return typeof text === "string" ? text : `HTTP ${entry.response.status}`;
}

/** Everything that is told of a thread, in order. */
export function conversation(entries, pauses) {
  const read = { items: [], known: new Map(), clicks: new Map(), offers: 0 };
  for (const e of [...entries].sort((a, b) => (a.tick < b.tick ? -1 : 1))) {
    for (const note of [...(e.notes ?? []), ...(e.ended?.notes ?? [])]) readers[note.kind]?.(read, note.data, e);
  }
  for (const p of pauses) read.items.push({ key: "p" + p.tick, type: "pause", tick: p.tick, text: p.pause, at: p.at });
  for (const item of read.items) finish(read, item);
  return read.items.sort((a, b) => (a.tick < b.tick ? -1 : 1));
}

const readers = {
  InboundMessage(read, data, e) {
    const had = read.known.get(data.id);
    if (had?.type === "customer") {
      if (!had.exchanges.includes(e.n)) had.exchanges.push(e.n);
      had.acked = had.acked || e.ended?.response?.status || 0;
      return;
    }
    const item = {
      key: "m" + data.id, type: "customer", id: data.id, tick: e.tick, at: new Date(data.timestamp || e.at).toISOString(), text: data.text,
      not: data.notAnInbound, forged: data.forged, exchanges: [e.n], attachment: attachment(e.request.body, data.id),
      acked: e.ended?.response?.status ?? (e.ended ? 0 : null), outcome: e.ended?.outcome,
    };
    read.known.set(data.id, item);
    read.items.push(item);
  },
  MessageSent(read, data, e) {
    const item = { key: "m" + data.id, type: "business", id: data.id, tick: e.tick, at: e.at, n: e.n, message: data, offer: data.offerLinks > 0, status: "", marks: [] };
    if (item.offer) item.number = ++read.offers;
    read.known.set(data.id, item);
    read.items.push(item);
  },
  SendRefused(read, data, e) {
    read.items.push({ key: "r" + e.n, type: "business", tick: e.tick, at: e.at, n: e.n, message: data, offer: data.offerLinks > 0, refused: { status: data.status, code: data.code, reason: refusalOf(e) } });
  },
  StatusDelivered(read, data, e) {
    const had = read.known.get(data.messageId);
    if (!had || ranks[data.status] < (ranks[had.status] ?? 0)) return;
    had.status = data.status;
    if (data.status === "failed") had.failed = { code: data.code, reason: reasonOf(e.request.body) };
  },
  OfferClicked(read, data, e) {
    const clicks = read.clicks.get(data.impressionId) ?? { tapped: [], completed: false, confirmed: false };
    clicks.tapped.push({ n: e.n, transaction: data.transactionId, user: data.userId });
    read.clicks.set(data.impressionId, clicks);
  },
  OfferConverted(read, data) {
    const clicks = read.clicks.get(data.impressionId);
    if (clicks) clicks.completed = true;
  },
  OptedOut(read, _, e) {
    read.items.push({ key: "o" + e.n, type: "event", tick: e.tick, at: e.at, n: e.n, text: "opted out of offers" });
  },
  OfferAnswered(read, data, e) {
    const decided = e.notes.find((n) => n.kind === "OfferDecided")?.data;
    if (data.status === 200 && data.usable && decided?.link) return;
    const why = data.status === 0 ? "Encore gave no answer" : data.status !== 200 ? `Encore answered ${data.status}` : decided && !decided.link ? `Encore had no offer${decided.noFill ? ` (${decided.noFill})` : ""}` : "Encore’s answer was unusable";
    read.items.push({ key: "a" + e.n, type: "event", tick: e.tick, at: e.at, n: e.n, text: why, quiet: true });
  },
};

function finish(read, item) {
  if (item.type === "business" && item.message.impression) item.click = read.clicks.get(item.message.impression) ?? null;
}

/** A message of the business as parts to draw: {image, title, text, subtitle, footer, buttons, chip, code, until, more}. */
export function card(message) {
  const p = message.payload ?? {}, content = message.content ?? {};
  const links = content.links ?? [];
  const generic = p.message?.attachment?.payload;
  if (p.interactive) return interactive(p.interactive);
  if (Array.isArray(generic?.elements)) return { cards: generic.elements.map(element) };
  if (generic?.template_type === "button") return { text: generic.text, buttons: (generic.buttons ?? []).map(button) };
  if (p.template?.components) return template(p.template, content);
  const name = p.template?.name ?? p.templateId ?? p.template_name;
  const text = content.text || p.text?.body || p.message?.text || "";
  const parts = { text, image: content.image, buttons: links.length && (content.image || name) ? [{ label: "Open the offer", url: links[0] }] : [] };
  if (typeof name === "string") parts.chip = "template " + name;
  if (!text && !content.image) parts.more = String(message.type ?? "message");
  return parts;
}

function interactive(i) {
  const a = i.action ?? {}, parts = { image: i.header?.image?.link, missing: i.header?.image?.id, title: i.header?.text, text: i.body?.text, footer: i.footer?.text, buttons: [] };
  if (a.parameters?.url) parts.buttons.push({ label: a.parameters.display_text || "Open", url: a.parameters.url });
  for (const b of a.buttons ?? []) parts.buttons.push({ label: b.reply?.title ?? "", reply: b.reply });
  for (const row of (a.sections ?? []).flatMap((s) => s.rows ?? [])) parts.buttons.push({ label: row.title ?? "", reply: row });
  return parts;
}

const button = (b) => ({ label: b.title ?? "", url: b.url, reply: b.payload ? { id: b.payload, title: b.title } : undefined });

const element = (e) => ({ image: e.image_url, title: e.title, subtitle: e.subtitle, buttons: (e.buttons ?? []).map(button), tap: e.default_action?.url });

function template(t, content) {
  const parts = { chip: "template " + t.name, image: content.image, text: content.text, buttons: [] };
  for (const c of t.components ?? []) {
    for (const p of c.parameters ?? []) {
      if (p.limited_time_offer?.expiration_time_ms) parts.until = Number(p.limited_time_offer.expiration_time_ms);
      if (p.coupon_code) parts.code = String(p.coupon_code);
    }
  }
  if (content.links?.length) parts.buttons.push({ label: "Open the offer", url: content.links[0] });
  return parts;
}

/** Where the sandbox itself serves an address of a vendor that it plays; nothing else is ever loaded or followed. */
export function own(url) {
  let u;
  try {
    u = new URL(url, location.origin);
  } catch {
    return null;
  }
  const played = { "storage.googleapis.com": /^\/encore-assets-prod\//, "api.encorekit.com": /^\/encore\/(click|landing)\// };
  const path = played[u.hostname] ?? (u.origin === location.origin ? /^\/encore(-assets-prod)?\// : null);
  return (u.protocol === "https:" || u.protocol === "http:") && path?.test(u.pathname) ? u.pathname + u.search : null;
}
