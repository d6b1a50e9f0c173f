// What the page knows of the sandbox, asked anew when the journal has changed.
// Every list is bounded, so that a page may stay open for days.

import { call, get } from "./api.js";
import { calm } from "./dom.js";
import { onChange } from "./live.js";
import { route } from "./route.js";

const mostEntries = 400; // of the open thread, with bodies
const mostLines = 10000;

export const model = {
  overview: null, // {now, integrator, channels, threads, of}
  findings: [],
  hints: [],
  rules: new Map(),
  faults: [],
  events: [], // names that can be triggered
  entries: new Map(), // of the open thread, by number
  lines: new Map(), // of the timeline, by number or tick
  time: null, // {now, wall, still}: of the open thread, or of the workspace
  search: "",
};

const watchers = new Map();

/** Runs whenever one of these has been read anew, until what it returns is called. */
export function on(names, run) {
  for (const name of names.split(" ")) watchers.set(name, [...(watchers.get(name) ?? []), run]);
  return () => watchers.forEach((all, name) => watchers.set(name, all.filter((one) => one !== run)));
}

export function emit(name) {
  for (const run of watchers.get(name) ?? []) run();
}

export const loadOverview = calm(500, async () => {
  const had = model.overview?.of ?? 0;
  model.overview = await get("overview?limit=200" + (model.search ? "&text=" + encodeURIComponent(model.search) : ""));
  if (model.overview.of < had && !model.search) reload();
  emit("overview");
});

export const loadFindings = calm(1500, async () => {
  const verdict = await get("findings");
  model.findings = verdict.findings ?? [];
  model.hints = verdict.hints ?? [];
  model.waived = verdict.waived ?? [];
  model.judged = verdict.judged ?? [];
  emit("findings");
});

export const loadFaults = calm(1000, async () => {
  model.faults = (await get("faults")).faults ?? [];
  emit("faults");
});

/** The clock is looked at now and then, and runs by itself in between. */
export const loadTime = calm(1000, async () => {
  const { thread } = route();
  let now;
  try {
    ({ now } = await get("clock" + (thread ? "?thread=" + encodeURIComponent(thread) : "")));
  } catch (problem) {
    if (problem.status !== 404) throw problem;
    ({ now } = await get("clock"));
  }
  const time = { now: Date.parse(now), wall: performance.now(), thread, still: false };
  const had = model.time;
  if (had && had.thread === thread) {
    // A manual clock stands still; nothing says so but two looks at it.
    if (time.wall - had.wall < 400) time.still = had.still;
    else time.still = time.now === had.now;
  }
  model.time = time;
  emit("time");
});

export const simulated = () => (model.time ? model.time.now + (model.time.still ? 0 : performance.now() - model.time.wall) : null);

let told;
/** Resolves when the rules are known. */
export const ruled = new Promise((resolve) => (told = resolve));

export async function loadOnce() {
  const [rules, events] = await Promise.all([get("rules"), get("trigger")]);
  for (const rule of rules.rules) model.rules.set(rule.id, rule);
  model.events = events.events.map((e) => e.name);
  told();
  emit("findings");
}

let entriesOf = "", entriesFrom = 0;

/** The open thread's exchanges, whole: first the newest, then what changes. */
export const loadEntries = calm(200, async () => {
  const { thread } = route();
  if (!thread) return;
  const from = entriesOf === thread ? entriesFrom : 0;
  entriesFrom = Infinity;
  const query = new URLSearchParams({ thread, limit: mostEntries });
  if (from > 1) query.set("since", from - 1);
  const { exchanges } = await get("journal?" + query);
  if (route().thread !== thread) return;
  if (entriesOf !== thread || from === 0) model.entries.clear();
  entriesOf = thread;
  for (const e of exchanges) model.entries.set(e.n, e);
  trim(model.entries, mostEntries, (e) => e.n);
  emit("entries");
});

let linesOf = "-", linesFrom = 0;

export const scopeThread = () => (route().scope === "all" ? "" : route().thread);

/** The timeline in the sandbox's own words. */
export const loadLines = calm(250, async () => {
  const thread = scopeThread();
  let from = linesOf === thread ? linesFrom : 0;
  linesFrom = Infinity;
  if (from === 0) model.lines.clear();
  linesOf = thread;
  for (let more = true; more; ) {
    const query = new URLSearchParams({ limit: from > 1 ? 2000 : mostLines });
    if (thread) query.set("thread", thread);
    if (from > 1) query.set("since", from - 1);
    const answer = await get("lines?" + query);
    if (scopeThread() !== thread) return;
    for (const line of answer.lines) model.lines.set(line.n || line.tick, line);
    trim(model.lines, mostLines, (l) => l.tick);
    model.evicted = answer.evicted;
    more = answer.more && from > 1 && answer.lines.length > 0;
    if (more) from = Math.max(...answer.lines.map((l) => l.n)) + 1;
  }
  emit("lines");
});

function trim(map, most, key) {
  if (map.size <= most) return;
  const keys = [...map.entries()].sort((a, b) => (key(a[1]) < key(b[1]) ? -1 : 1)).map(([k]) => k);
  for (const k of keys.slice(0, map.size - most)) map.delete(k);
}

/** Everything is asked anew: after a reset, a restart, or when another thread is opened. */
export function reload() {
  entriesFrom = linesFrom = 0;
  entriesOf = "";
  linesOf = "-";
  loadEntries();
  loadLines();
}

export const exchange = (n) => call("GET", "exchanges/" + n);

onChange(({ all, from, threads }) => {
  loadOverview();
  loadFindings();
  loadFaults();
  if (all) {
    loadTime();
    reload();
    return;
  }
  const { thread } = route();
  if (threads.has(thread)) {
    entriesFrom = Math.min(entriesFrom, from);
    loadEntries();
  }
  if (!scopeThread() || threads.has(scopeThread())) {
    linesFrom = Math.min(linesFrom, from);
    loadLines();
  }
});
