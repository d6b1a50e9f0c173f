// The first minute: nobody has written yet.

import { h } from "./dom.js";
import { act, copyButton, curlButton } from "./api.js";
import { newCustomer } from "./compose.js";
import { model, loadOverview } from "./model.js";
import { go } from "./route.js";

const story = ["POST", "messages", { channel: "whatsapp", from: "15014005001", text: "Hi, are you open today?" }];

const commands = () => [
  ["Read the settings your integrator needs", `encore-sandbox env --sandbox ${location.origin}`],
  ["Tell the sandbox where it listens", `curl -s -X PUT ${location.origin}/_sandbox/v1/webhook -H 'Content-Type: application/json' -d '{"url":"http://127.0.0.1:3000/webhook"}'`],
  ["Let a customer write", `curl -s ${location.origin}/_sandbox/v1/messages -H 'Content-Type: application/json' -d '{"from":"15014005001","text":"Hi"}'`],
];

export function welcome(into) {
  const empty = model.overview?.of === 0;
  if (into.dataset.for === String(empty) + model.overview?.integrator && into.firstChild) return;
  into.dataset.for = String(empty) + model.overview?.integrator;
  if (!empty) {
    into.replaceChildren(h("div", { class: "hint" }, h("p", { class: "lead" }, model.overview ? "Open a thread to see the conversation as the customer sees it." : "Looking around …")));
    return;
  }
  const builtIn = model.overview.integrator === "built-in";
  const play = async () => {
    const wrote = await act("the customer wrote; watch the offer arrive before the reply", ...story);
    loadOverview();
    if (wrote?.thread) go({ thread: wrote.thread });
  };
  into.replaceChildren(h("div", { class: "welcome" },
    h("h2", {}, "Nobody has written yet"),
    h("p", { class: "lead" }, builtIn ? "A built-in integrator is listening. Let it play a story, or connect your own in three commands." : model.overview.integrator === "webhook" ? "Your webhook is set. Let a customer write to it." : "Nobody listens yet. Connect your integrator in three commands."),
    h("div", { class: "row center" },
      h("span", { class: "act primary" }, h("button", { type: "button", class: "big", on: { click: play } }, builtIn ? "Play a story" : "Let a customer write"), curlButton("play a story", () => story)),
      h("button", { type: "button", class: "big", on: { click: newCustomer } }, "Write as somebody else")),
    h("ol", { class: "commands" }, commands().map(([title, command]) => h("li", {}, h("h3", {}, title), h("div", { class: "command" }, h("pre", { tabindex: "0" }, command), copyButton(() => command)))))));
}
