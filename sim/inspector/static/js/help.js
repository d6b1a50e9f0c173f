// Keys, and the dialog that lists them.

import { h } from "./dom.js";
import { dialog } from "./api.js";
import { focusComposer, newCustomer } from "./compose.js";
import { model } from "./model.js";
import { go, route } from "./route.js";
import { step } from "./timeline.js";

function thread(by) {
  const all = model.overview?.threads ?? [];
  const at = all.findIndex((t) => t.id === route().thread);
  const next = all[Math.min(all.length - 1, Math.max(0, at + by))];
  if (next) go({ thread: next.id, exchange: 0, view: "talk", scope: "" }, true);
}

const keys = [
  ["j", "next exchange", () => step(1)], ["k", "previous exchange", () => step(-1)],
  ["]", "next thread", () => thread(1)], ["[", "previous thread", () => thread(-1)],
  ["w", "write as the customer", () => (go({ view: "talk" }), focusComposer())], ["n", "new customer", newCustomer],
  ["t", "talk", () => go({ view: "talk" })], ["b", "break it", () => go({ view: "break" })], ["v", "verdict", () => go({ view: "verdict" })],
  ["a", "everything, or this thread alone", () => go({ scope: route().scope ? "" : "all" })],
  ["/", "filter the timeline", () => document.querySelector("#lines input").focus()],
  ["Escape", "close the exchange", () => go({ exchange: 0 })], ["?", "this help", help],
];

export function help() {
  dialog("Keyboard", h("dl", { class: "keys" }, keys.map(([key, what]) => h("div", {}, h("dt", {}, h("kbd", {}, key)), h("dd", {}, what)))),
    h("p", { class: "soft" }, "In the timeline, arrow keys, Page Up and Down, Home and End move between exchanges. Every action has a $ beside it that shows the same as a curl. The address holds the open thread and exchange: copy it to show a colleague."));
}

export function listen() {
  addEventListener("keydown", (event) => {
    const field = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (field && event.key !== "Escape") return;
    const [, , run] = keys.find(([key]) => key === event.key) ?? [];
    if (!run) return;
    event.preventDefault();
    if (field) field.blur();
    else run();
  });
}
