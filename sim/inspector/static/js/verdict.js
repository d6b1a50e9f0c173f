// Findings, scenarios, exports.

import { $, h, lay } from "./dom.js";
import { act, action, address, curl, curlButton, get, say } from "./api.js";
import { model, on, ruled } from "./model.js";
import { go, href, onRoute, route } from "./route.js";
import { channelName, plural } from "./text.js";
import { sketch } from "./timeline.js";

const findings = h("div", { class: "findings" });
const judged = h("p", { class: "soft" });
const pick = h("select", { "aria-label": "Scenario" }, h("option", { value: "" }, "all scenarios"));
const defect = h("select", { "aria-label": "Defect of the built-in integrator" }, h("option", { value: "" }, "no defect"));
const progress = h("div", { class: "run", role: "status" });
const results = h("div", { class: "results" });
const about = h("p", { class: "soft" });
let shipped = [];

export function verdictPage() {
  $("verdict").append(h("div", { class: "columns two" },
    h("section", { class: "panel" }, h("div", { class: "row apart" }, h("h2", {}, "Findings"), h("span", { class: "row" }, download("Journal as HAR", "journal.har"), curlButton("download the journal", () => ["GET", "journal.har"]))), judged, findings),
    h("section", { class: "panel" }, h("h2", {}, "Scenarios"), h("p", { class: "soft" }, "Stories that are played against the integrator and judged. Every run invents fresh customers."),
      h("div", { class: "row" }, pick, defect, h("span", { class: "act primary" }, h("button", { type: "button", on: { click: play } }, "Play"), curlButton("play", request))), about, progress, results)));
  on("findings", draw);
  pick.addEventListener("change", () => (about.textContent = shipped.find((s) => s.name === pick.value)?.about ?? ""));
  get("scenarios").then((a) => {
    shipped = a.scenarios;
    pick.append(...shipped.map((s) => h("option", { value: s.name }, s.name)));
    defect.append(...(a.defects ?? []).map((d) => h("option", { value: d.name }, `${d.name} (${d.rule})`)));
  }, () => {});
  onRoute((now, before) => now.run !== before.run && watch(now.run));
  if (route().run) watch(route().run);
}

function draw() {
  const must = model.findings.filter((f) => f.severity === "must").length;
  const count = $("found");
  count.hidden = !model.findings.length;
  count.textContent = model.findings.length || "";
  judged.textContent = model.findings.length ? `${plural(must, "duty", "duties")} broken, ${plural(model.findings.length - must, "advice", "pieces of advice")} not followed.` : model.judged?.length ? `${plural(model.judged.length, "duty", "duties")} had an occasion to be broken, and none was.` : model.judged ? "Nothing has been judged yet: let a customer write." : "Judging …";
  const all = [...model.findings, ...model.hints];
  lay(findings, all.slice(-200).reverse(), (f) => JSON.stringify([f.rule, f.thread, f.exchanges, f.what]), (f) => JSON.stringify([f, model.rules.has(f.rule)]), (f) => finding(f));
}

/** A finding with its duty, its clause, what proves it and how to fix it. Here are its exchanges, unless gone is set. */
export function finding(f, gone) {
  const rule = model.rules.get(f.rule) ?? {};
  const to = (n) => (e) => (e.preventDefault(), go({ view: "talk", thread: f.thread, exchange: n, scope: f.thread ? "" : "all" }));
  return h("article", { class: "finding " + f.severity },
    h("h3", {}, h("strong", {}, f.rule), " ", h("span", { class: "severity" }, f.severity), " ", f.what),
    h("p", { class: "proof" }, (f.exchanges ?? []).map((n) => gone === true ? h("span", { class: "mono" }, "#" + n) : h("a", { class: "mono", href: href({ view: "talk", thread: f.thread, exchange: n }), on: { click: to(n) } }, "#" + n)), f.thread && h("bdi", { class: "mono soft" }, f.thread)),
    h("dl", {}, [["duty", rule.duty], ["clause", rule.clause], ["fix", rule.fix]].filter(([, text]) => text).map(([name, text]) => h("div", {}, h("dt", {}, name), h("dd", {}, text)))),
    f.diff && h("pre", { tabindex: "0" }, f.diff));
}

const download = (label, path, name) => h("a", { class: "button", href: address(path), download: name ?? path }, label);

function request() {
  return ["POST", "runs", { ...(pick.value ? { scenarios: [pick.value] } : {}), ...(defect.value ? { defects: [defect.value] } : {}), replay: "POST /_sandbox/v1/runs" }];
}

async function play() {
  const run = await act((a) => `run ${a.id} plays ${plural(a.of, "story", "stories")}`, ...request());
  if (run?.id) go({ run: String(run.id) });
}

let watching = "";

async function watch(id) {
  watching = id;
  results.replaceChildren();
  results.laid = undefined;
  progress.replaceChildren();
  const all = [];
  await ruled;
  while (id && watching === id) {
    let p;
    try {
      p = await get(`runs/${encodeURIComponent(id)}?after=${all.length}&within=10s`);
    } catch (problem) {
      progress.replaceChildren(h("p", { class: "soft" }, problem.message));
      return;
    }
    for (const r of p.results ?? []) all.push({ ...r, run: id, at: all.length + 1, kept: p.kept });
    if (watching !== id) return;
    show(p, all);
    if (p.state !== "playing") return;
  }
}

function show(p, all) {
  const bar = h("progress", { max: p.of || 1, value: p.played, "aria-label": "Stories played" });
  progress.replaceChildren(
    h("p", {}, h("span", { class: "badge " + ({ passed: "good", failed: "bad", stopped: "warn" }[p.state] ?? "") }, p.state), ` ${p.played} of ${plural(p.of, "story", "stories")}, ${all.filter(failed).length} failed`),
    p.state === "playing" ? bar : "",
    p.problem ? h("p", { class: "bad" }, p.problem) : "",
    ["passed", "failed"].includes(p.state) ? h("div", { class: "row" }, h("a", { class: "button", href: address(`runs/${p.id}/report.html`), target: "_blank", rel: "noopener" }, "Open the report"), download("HTML report", `runs/${p.id}/report.html`, `run-${p.id}.html`), download("JUnit", `runs/${p.id}/junit.xml`, `run-${p.id}.xml`)) : "");
  lay(results, [...all].sort((a, b) => rank(a) - rank(b)), (r) => r.story + " " + r.channel, (r) => r.outcome, result);
}

const failed = (r) => r.outcome === "failed" || r.outcome === "error";
const rank = (r) => (failed(r) ? 0 : r.outcome === "passed" ? 2 : 1);

/** A story's result; its diagrams are drawn when it is opened. */
function result(r) {
  const diagrams = h("div", { class: "diagrams" });
  const opened = async () => {
    if (!el.open || diagrams.firstChild) return;
    diagrams.append(h("p", { class: "soft" }, "drawing …"));
    try {
      const { threads } = await get(`runs/${encodeURIComponent(r.run)}/results/${r.at}/lines`);
      diagrams.replaceChildren(...threads.slice(0, 4).map((t) => diagram(t, r.kept)));
      if (threads.length > 4) diagrams.append(h("p", { class: "soft" }, plural(threads.length - 4, "more thread") + " in the HTML report"));
    } catch (problem) {
      diagrams.replaceChildren(h("p", { class: "soft" }, problem.message));
    }
  };
  const el = h("details", { class: "result", open: failed(r), on: { toggle: opened } },
    h("summary", {}, h("span", { class: "badge " + ["bad", "warn", "good"][rank(r)] }, r.outcome), h("span", { class: "name" }, r.story), h("span", { class: "soft" }, channelName(r.channel))),
    h("div", { class: "inside" },
      h("p", { class: "soft" }, r.about), r.reason && h("p", {}, r.reason),
      (r.steps ?? []).map((step) => h("div", { class: "step" },
        h("p", {}, "“", h("bdi", {}, step.text), "” ", h("span", { class: "mono soft" }, `${step.file}:${step.line}`)),
        h("ul", {}, (step.mismatches ?? []).map((m) => h("li", {}, h("span", { class: "good" }, "expected " + (m.Expected || "nothing")), h("span", { class: "bad" }, "came " + (m.Got || "nothing"))))))),
      (r.verdict?.findings ?? []).map((f) => finding(f, !r.kept)), diagrams));
  return el;
}

function diagram({ thread, incomplete, lines }, kept) {
  const to = (exchange) => go({ view: "talk", thread, exchange, scope: "" });
  return h("figure", {}, h("figcaption", { class: "mono soft" }, kept ? h("button", { type: "button", class: "link", on: { click: () => to(0) } }, thread) : thread, incomplete && `, incomplete: ${incomplete}`),
    sketch(lines.slice(0, 80), kept ? (l) => to(l.n) : null));
}
