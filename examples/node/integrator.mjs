// A small WhatsApp integration with Encore offers, in one file and without
// dependencies (Node 18 or newer). To see it against the sandbox:
//
//   encore-sandbox run --webhook http://127.0.0.1:3000/webhook -- node examples/node/integrator.mjs
//
// The sandbox sets these environment variables for the command. In production
// they hold the real values; the base URLs then default to Encore's and Meta's.
//
//   ENCORE_BASE_URL  ENCORE_API_KEY  GRAPH_BASE_URL  GRAPH_ACCESS_TOKEN
//   META_APP_SECRET  META_VERIFY_TOKEN  WHATSAPP_PHONE_NUMBER_ID
//   OPERATOR_CLIENT_ID  OPERATOR_CLIENT_NAME  PORT (3000)  OFFER_CAP (3)
//   IDLE_GAP_SECONDS (86400)  HOST (127.0.0.1; 0.0.0.0 in a container)
//   CLOCK (webhook, or own)
//
// With CLOCK=own the idle gap is measured by this machine's time, as many
// integrations do. Then let the run really wait, or move the clock:
//
//   encore-sandbox run --time real --idle-gap 2s --webhook … -- env CLOCK=own IDLE_GAP_SECONDS=2 node …
//   encore-sandbox run --clock-hook http://127.0.0.1:3000/clock --webhook … -- env CLOCK=own node …
//
// GET /idle answers 204 when nothing is left to do (for --drained).
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const env = (name, fallback) => {
  const value = process.env[name] || fallback;
  if (value === undefined) throw new Error(`set the environment variable ${name}`);
  return value;
};
const base = (name, fallback) => env(name, fallback).replace(/\/+$/, "");

const encore = { url: base("ENCORE_BASE_URL", "https://api.encorekit.com"), key: env("ENCORE_API_KEY") };
const graph = { url: base("GRAPH_BASE_URL", "https://graph.facebook.com"), token: env("GRAPH_ACCESS_TOKEN") };
const appSecret = env("META_APP_SECRET");
const verifyToken = env("META_VERIFY_TOKEN");
const phoneNumberId = env("WHATSAPP_PHONE_NUMBER_ID");
const client = { clientId: env("OPERATOR_CLIENT_ID"), clientName: env("OPERATOR_CLIENT_NAME") };
const cap = Number(env("OFFER_CAP", "3"));
const idleGap = Number(env("IDLE_GAP_SECONDS", "86400")); // seconds
const ownClock = env("CLOCK", "webhook") === "own";

const replyText = "Thanks for your message! Our team will get back to you shortly.";
const offersPath = "/encore/publisher/sdk/v1/offers";
const callTimeout = 2_000; // ms, of one call to Encore
const offerBudget = 11_000; // ms from its arrival, after which Encore is not called again for a message
const sendTimeout = 10_000; // ms, of one message to Graph
const notMessages = ["reaction", "unsupported", "system"];

const threads = new Map(); // by the customer's number
const seen = new Set(); // inbound message ids; Meta delivers at least once
const impressions = new Map(); // message id of a sent offer → impressionId
const optedOut = new Set(); // numbers of customers who want no marketing
const moved = new Map(); // seconds by which a customer's clock was moved, see /clock
let busy = 0; // tasks under way

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const task = (work) => {
  busy++;
  return work().catch((problem) => console.error(problem.message)).finally(() => busy--);
};

// signed checks the raw bytes: decoding them would lose the escapes that were signed.
const signed = (body, header = "") => {
  const want = Buffer.from("sha256=" + createHmac("sha256", appSecret).update(body).digest("hex"));
  const got = Buffer.from(header);
  return got.length === want.length && timingSafeEqual(got, want);
};

const accept = (value) => {
  if (value.metadata?.phone_number_id !== phoneNumberId) return;
  for (const m of value.messages ?? []) enqueue(m);
  for (const s of value.statuses ?? []) if (s.status === "delivered") task(() => confirm(s));
  for (const p of value.user_preferences ?? []) p.value === "stop" ? optedOut.add(p.wa_id) : optedOut.delete(p.wa_id);
};

// enqueue leaves out redelivered messages, and what is no message to be answered.
// One chain a thread keeps offers and replies in the order of the messages.
const enqueue = (m) => {
  if (seen.has(m.id) || !m.from || notMessages.includes(m.type)) return;
  seen.add(m.id);
  const thread = threads.get(m.from) ?? { offers: 0, last: undefined, chain: Promise.resolve() };
  threads.set(m.from, thread);
  const arrived = Date.now();
  thread.chain = thread.chain.then(() => task(() => answer(thread, m, arrived)));
};

const answer = async (thread, m, arrived) => {
  try {
    await offer(thread, m, arrived);
  } catch (problem) {
    console.error(`${m.id}: ${problem.message}`); // an offer that failed never costs the reply
  }
  await send(thread, { messaging_product: "whatsapp", to: m.from, type: "text", text: { body: replyText } });
};

// due says whether the message is a trigger and the cap leaves room.
const due = (thread, m, arrived) => {
  const at = ownClock ? arrived / 1000 + (moved.get(m.from) ?? 0) : Number(m.timestamp);
  const trigger = thread.last === undefined || at - thread.last >= idleGap;
  thread.last = Math.max(thread.last ?? at, at);
  return trigger && thread.offers < cap && !optedOut.has(m.from);
};

const offer = async (thread, m, arrived) => {
  if (!due(thread, m, arrived)) return;
  const { impressionId, message } = await ask(m, arrived);
  if (message === null) return; // no offer for this customer
  const id = await send(thread, message.payload); // as Encore composed it
  if (id) impressions.set(id, impressionId);
};

// ask calls Encore; 429, 503 and a lost answer are tried three times more with the same message id.
const ask = async (m, arrived) => {
  const body = JSON.stringify({
    ...client, messagingPlatform: "whatsapp", recipient: m.from, inboundMessageId: m.id,
    inboundTimestamp: Number(m.timestamp), chatId: `${phoneNumberId}-${m.from}`,
  });
  let problem = new Error("the offer came too late");
  for (const pause of [0, 200, 1_000, 5_000].map((ms) => jitter(ms, m.id))) {
    if (Date.now() - arrived + pause > offerBudget) break;
    await sleep(pause);
    const { status, text, lost } = await post(encore.url + offersPath + "/message", { "X-API-Key": encore.key }, body, callTimeout);
    if (status === 200 && !lost) return JSON.parse(text);
    problem = new Error(`encore answered ${status}: ${text.slice(0, 200)} ${lost ?? ""}`);
    if (!lost && ![429, 503].includes(status)) break;
  }
  throw problem;
};

// jitter spreads pauses by up to 30 % either way, by message, so that many retries do not meet.
const jitter = (ms, id) => (ms * (70 + (createHash("sha256").update(id + ms).digest()[0] % 61))) / 100;

// confirm tells Encore once that the offer reached the customer's phone.
const confirm = async (status) => {
  const impression = impressions.get(status.id);
  if (!impression) return;
  impressions.delete(status.id);
  const target = `${encore.url}${offersPath}/impressions/${encodeURIComponent(impression)}/delivered`;
  await post(target, { "X-API-Key": encore.key }, JSON.stringify({ deliveredTimestamp: Number(status.timestamp) }), callTimeout);
};

// encoreLink matches a link to encorekit.com or a subdomain in a JSON body.
const encoreLink = /https?:\/\/([a-z0-9-]+\.)*encorekit\.com(["\/\\?#: ]|$)/i;

// send posts a message to Graph, waits for the answer and counts the offers that were accepted.
const send = async (thread, message) => {
  const body = JSON.stringify(message);
  const { status, text, lost } = await post(`${graph.url}/v22.0/${phoneNumberId}/messages`, { Authorization: `Bearer ${graph.token}` }, body, sendTimeout);
  if (status !== 200 || lost) throw new Error(`graph answered ${status}: ${text.slice(0, 200)} ${lost ?? ""}`);
  if (encoreLink.test(body)) thread.offers++;
  return JSON.parse(text).messages?.[0]?.id;
};

// post makes one call. lost says why no whole answer came.
const post = async (target, headers, body, timeout) => {
  let status = 0;
  try {
    const answer = await fetch(target, {
      method: "POST", headers: { "Content-Type": "application/json", ...headers }, body, redirect: "manual", signal: AbortSignal.timeout(timeout),
    });
    status = answer.status;
    return { status, text: await answer.text() };
  } catch (problem) {
    return { status, text: "", lost: problem.message };
  }
};

const read = async (request) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
};

const serve = async (request, response) => {
  const url = new URL(request.url, "http://localhost");
  const end = (status, text = "") => response.writeHead(status, { "Content-Type": "text/plain" }).end(text);
  if (url.pathname === "/idle") return end(busy === 0 ? 204 : 202);
  const body = await read(request);
  if (url.pathname === "/clock" && request.method === "POST") {
    const { customer, advanceSeconds } = JSON.parse(body);
    moved.set(customer, (moved.get(customer) ?? 0) + advanceSeconds);
    return end(204);
  }
  if (request.method === "GET") {
    const known = url.searchParams.get("hub.verify_token") === verifyToken;
    return known ? end(200, url.searchParams.get("hub.challenge") ?? "") : end(403, "wrong verify token");
  }
  if (!signed(body, request.headers["x-hub-signature-256"])) return end(401, "wrong signature");
  const notification = JSON.parse(body);
  end(200); // Meta has its answer at once; the work follows
  for (const entry of notification.entry ?? []) for (const change of entry.changes ?? []) accept(change.value);
};

createServer((request, response) => {
  serve(request, response).catch((problem) => {
    console.error(problem.message);
    if (!response.headersSent) response.writeHead(400).end();
  });
}).listen(Number(env("PORT", "3000")), env("HOST", "127.0.0.1"), function () {
  console.log(`listening on port ${this.address().port}`);
});
