// Calls of the control API. Whatever changes something goes through act, which
// tells what was done and which curl does the same.

import { h, $ } from "./dom.js";
import { route } from "./route.js";

// Under the address of a workspace, /_sandbox/w/NAME/, everything is that workspace's.
const base = (location.pathname.match(/^\/_sandbox\/w\/[^/]+\//)?.[0] ?? "/_sandbox/") + "v1/";

function headers(body) {
  const all = {};
  if (body !== undefined) all["Content-Type"] = "application/json";
  if (route().workspace) all["X-Sandbox-Workspace"] = route().workspace;
  return all;
}

/** The address of a path of the API, for links and streams, which send no header. */
export function address(path, query = {}) {
  const all = new URLSearchParams(query);
  if (route().workspace) all.set("workspace", route().workspace);
  const text = all.toString();
  return base + path + (text ? "?" + text : "");
}

/** Calls the API; an error has the API's own words. */
export async function call(method, path, body) {
  let response;
  try {
    response = await fetch(base + path, { method, headers: headers(body), body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw Object.assign(new Error("the sandbox does not answer; is it still running?"), { name: "Gone" });
  }
  const text = await response.text();
  const json = text && (response.headers.get("Content-Type") ?? "").includes("json") ? JSON.parse(text) : null;
  if (!response.ok) throw Object.assign(new Error([json?.error ?? response.statusText, ...(json?.details ?? [])].join("; ")), { status: response.status });
  return json;
}

export const get = (path) => call("GET", path);

const quote = (text) => "'" + text.replaceAll("'", "'\\''") + "'";

/** The curl of a call; a path from the root is not the control API's. */
export function curl(method, path, body) {
  const parts = ["curl -s"];
  if (method !== "GET" && !(method === "POST" && body !== undefined)) parts.push("-X " + method);
  parts.push(quote(location.origin + (path.startsWith("/") ? "" : base) + path));
  for (const [name, value] of Object.entries(headers(body))) parts.push("-H " + quote(name + ": " + value));
  if (body !== undefined) parts.push("-d " + quote(JSON.stringify(body)));
  return parts.join(" ");
}

/** The curl that repeats an exchange; credentials were shortened when it was journalled. */
export function curlOf(exchange) {
  const { method, url, header = {}, body = "" } = exchange.request;
  const skip = ["Accept-Encoding", "Content-Length", "User-Agent", "Connection"];
  const parts = ["curl -s -i -X " + method, quote(url.startsWith("/") ? location.origin + url : url)];
  for (const [name, values] of Object.entries(header)) if (!skip.includes(name)) for (const v of values) parts.push("-H " + quote(name + ": " + v));
  if (body) parts.push("--data-raw " + quote(body));
  return parts.join(" \\\n  ");
}

export function say(text, { bad = false, command = "" } = {}) {
  const toast = h("div", { class: "toast" + (bad ? " bad" : "") }, h("p", {}, text),
    command && h("details", {}, h("summary", {}, "curl"), h("pre", {}, command), copyButton(() => command)),
    h("button", { type: "button", class: "icon", "aria-label": "Dismiss", on: { click: () => toast.remove() } }, "×"));
  const toasts = $("toasts");
  toasts.append(toast);
  while (toasts.children.length > 3) toasts.firstChild.remove();
  if (!bad) setTimeout(() => toast.matches(":hover, :focus-within") || toast.remove(), 7000);
}

/** Does something and tells. It returns the answer, or undefined if it failed, which it has told then. */
export async function act(done, method, path, body) {
  const command = curl(method, path, body);
  try {
    const answer = await call(method, path, body);
    say(typeof done === "function" ? done(answer) : done, { command });
    return answer ?? {};
  } catch (problem) {
    say(problem.message, { bad: true, command });
    return undefined;
  }
}

/** A button that does something, and beside it one that shows the curl. Request gives [method, path, body]. */
export function action(label, done, request, { kind = "", then, name = label } = {}) {
  const run = async (event) => {
    const button = event.currentTarget;
    button.disabled = true;
    const answer = await act(done, ...request());
    button.disabled = false;
    if (answer !== undefined) then?.(answer);
  };
  return h("span", { class: "act " + kind }, h("button", { type: "button", "aria-label": name === label ? null : name, on: { click: run } }, label), curlButton(name, request));
}

/** The small button that shows a curl. */
export const curlButton = (name, request) =>
  h("button", { type: "button", class: "curl", "aria-label": "Show the curl: " + name, title: "Show the curl", on: { click: () => showCurl(curl(...request())) } }, "$");

export function showCurl(command) {
  dialog("The same from a terminal", h("pre", { class: "code", tabindex: "0" }, command), h("div", { class: "row end" }, copyButton(() => command)));
}

export function copyButton(text, label = "Copy") {
  const copy = async (event) => {
    const button = event.currentTarget;
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = "Copied";
    } catch {
      const area = h("textarea", { class: "sr", value: text() }); // without a secure context there is no clipboard API
      button.after(area);
      area.select();
      button.textContent = document.execCommand("copy") ? "Copied" : "Press Ctrl+C";
      area.remove();
    }
    setTimeout(() => (button.textContent = label), 1500);
  };
  return h("button", { type: "button", class: "small", on: { click: copy } }, label);
}

/** Opens a dialog; closing it removes it. Focus goes back to where it was. */
export function dialog(title, ...content) {
  const id = "d" + Math.random().toString(36).slice(2);
  const el = h("dialog", { "aria-labelledby": id, on: { close: () => el.remove(), click: (e) => e.target === el && el.close() } },
    h("div", { class: "sheet" },
      h("header", {}, h("h2", { id }, title), h("button", { type: "button", class: "icon", "aria-label": "Close", on: { click: () => el.close() } }, "×")),
      ...content));
  document.body.append(el);
  el.showModal();
  return el;
}
