// Writing as the customer.

import { $, h } from "./dom.js";
import { act, action, call, curlButton, dialog, say } from "./api.js";
import { loadOverview, loadTime, model, on } from "./model.js";
import { go, onRoute, route } from "./route.js";
import { channelName } from "./text.js";

const kinds = {
  text: "Text", image: "Picture", reaction: "Reaction", button_reply: "Button reply", button: "Template button", postback: "Postback", quick_reply: "Quick reply",
};
const channelKinds = { instagram: ["text", "image", "reaction", "quick_reply", "postback"], messenger: ["text", "image", "reaction", "quick_reply", "postback"], interakt: ["text", "image", "button_reply", "reaction"] };
const kindsOf = (channel) => channelKinds[channel] ?? ["text", "image", "button_reply", "button", "reaction"];

const text = h("textarea", { rows: "1", placeholder: "Write as the customer", "aria-label": "Message of the customer", "aria-keyshortcuts": "w" });
const kind = h("select", { "aria-label": "Kind of message" });
const away = h("select", { "aria-label": "How long the customer was quiet before" },
  [["", "right away"], ["6h", "after 6 h quiet"], ["23h", "after 23 h quiet"], ["26h", "after 26 h quiet"], ["72h", "after 3 d quiet"]].map(([value, label]) => h("option", { value }, label)));
const form = h("form", { class: "compose", "aria-label": "Write as the customer" });

function where() {
  const [channel, account, ...from] = route().thread.split(":");
  return { channel, account, from: from.join(":") };
}

/** The newest message of the business, which reactions and buttons are about. */
function answered() {
  const sent = [...model.entries.values()].sort((a, b) => b.n - a.n).flatMap((e) => e.notes ?? []).find((n) => n.kind === "MessageSent");
  return sent?.data.id;
}

function request() {
  const said = text.value.trim(), body = { ...where() };
  if (kind.value !== "text") body.type = kind.value;
  if (kind.value === "reaction") {
    body.emoji = said || "👍";
    body.replyTo = answered();
  } else {
    if (said || kind.value !== "image") body.text = said || "Hi";
    if (["button_reply", "button", "postback", "quick_reply"].includes(kind.value)) {
      body.payload = said || "yes";
      body.replyTo = kind.value === "quick_reply" ? undefined : answered();
    }
  }
  return ["POST", "messages", body];
}

async function send() {
  if (kind.value === "text" && !text.value.trim()) {
    text.focus();
    return;
  }
  if (away.value && (await act(`${away.value} pass in this thread`, "POST", "clock", { advance: away.value, thread: route().thread })) === undefined) return;
  if ((await act("the customer wrote", ...request())) === undefined) return;
  text.value = "";
  away.value = "";
  kind.value = "text";
  text.focus();
  loadTime();
}

async function wentQuiet() {
  const { thread } = route();
  if ((await act("26h pass in this thread", "POST", "clock", { advance: "26h", thread })) === undefined) return;
  await act("the customer is back", "POST", "messages", { ...where(), text: "Hello again" });
  loadTime();
}

/** Only WhatsApp has an event of its own for it; elsewhere a customer says so. */
function optOut() {
  const w = where();
  return model.events.includes(w.channel + ".opt_out") ? ["POST", "trigger", { event: w.channel + ".opt_out", account: w.account, from: w.from }] : ["POST", "messages", { ...w, text: "STOP" }];
}

export function composer() {
  form.append(
    h("div", { class: "compose-line" }, text, h("button", { type: "submit", class: "primary send", "aria-label": "Send as the customer" }, "Send")),
    h("div", { class: "compose-more" },
      kind, away,
      h("span", { class: "act" }, h("button", { type: "button", on: { click: wentQuiet } }, "Went quiet for 26 hours"), curlButton("went quiet for 26 hours", () => ["POST", "clock", { advance: "26h", thread: route().thread }])),
      action("Opt out", "the customer wants no more offers", optOut),
      curlButton("write as the customer", request)));
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    send();
  });
  text.addEventListener("keydown", (e) => {
    if (e.key === "Enter" && !e.shiftKey && !e.isComposing) {
      e.preventDefault();
      send();
    }
  });
  onRoute(fit);
  fit();
  return form;
}

function fit() {
  const { channel } = where();
  if (form.dataset.channel === channel) return;
  form.dataset.channel = channel;
  kind.replaceChildren(...kindsOf(channel).map((k) => h("option", { value: k }, kinds[k])));
}

export const focusComposer = () => text.focus();

const fates = [
  ["", "an ordinary life"], ["503", "503: Encore is over capacity, always"], ["803", "803: 503 twice, then well"], ["829", "829: 429 twice, then well"], ["900", "900: no offer fits"],
  ["901", "901: Encore never answers"], ["902", "902: the connection breaks"], ["903", "903: garbled JSON"], ["904", "904: the answer is lost once"],
  ["911", "911: the offer is an invalid parameter"], ["912", "912: the window is closed"], ["913", "913: rate limit once"],
];

/** Asks who writes, makes the customer if no number is given, writes and opens the thread. */
export function newCustomer() {
  const channels = model.overview?.channels ?? [];
  const channel = h("select", {}, channels.map((c) => h("option", { value: c.name }, channelName(c.name))));
  channel.value = "whatsapp";
  const account = h("select", {});
  const accounts = () => account.replaceChildren(...(channels.find((c) => c.name === channel.value)?.accounts ?? []).map((a) => h("option", { value: a.id }, a.name)));
  channel.addEventListener("change", accounts);
  accounts();
  const number = h("input", { autocomplete: "off", placeholder: "a new one is made" });
  const name = h("input", { autocomplete: "off", placeholder: "optional" });
  const fate = h("select", {}, fates.map(([value, label]) => h("option", { value }, label)));
  const said = h("input", { value: "Hi", required: true });
  const label = (title, control) => h("label", { class: "field" }, h("span", {}, title), control);
  const who = () => ({ channel: channel.value, account: account.value });
  const start = async (event) => {
    event.preventDefault();
    let from = number.value.replaceAll(/[\s+()-]/g, "");
    try {
      if (!from) from = (await call("POST", "customers", { ...who(), ...(fate.value ? { fate: fate.value } : {}) })).customer;
    } catch (problem) {
      say(problem.message, { bad: true });
      return;
    }
    const wrote = await act("the customer wrote", "POST", "messages", { ...who(), from, text: said.value, ...(name.value ? { name: name.value } : {}) });
    if (!wrote) return;
    d.close();
    loadOverview();
    go({ thread: wrote.thread, exchange: 0, view: "talk", scope: "" });
  };
  const d = dialog("A new customer writes", h("form", { "aria-label": "A new customer writes", on: { submit: start } },
    h("div", { class: "fields" }, label("Channel", channel), label("To", account), label("Number or id", number), label("Name", name), label("Fate of Encore’s calls", fate), label("Says", said)),
    h("div", { class: "row end" }, curlButton("a new customer writes", () => ["POST", "messages", { ...who(), from: number.value || "15014005001", text: said.value }]), h("button", { type: "submit", class: "primary" }, "Write"))));
  said.select();
}
