// Where the reader is, kept in the address: view, open thread, open exchange.
// A reload, a bookmark and a colleague's browser show the same.

const watchers = [];
let now = read();

function read() {
  const query = new URLSearchParams(location.search);
  return {
    view: query.get("view") || "",
    thread: query.get("thread") || "",
    exchange: Number(query.get("exchange")) || 0,
    scope: query.get("scope") || "",
    run: query.get("run") || "",
    workspace: query.get("workspace") || "",
  };
}

export const route = () => now;

/** The address with some of it changed. */
export function href(change) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...now, ...change })) if (value) query.set(name, value);
  const text = query.toString().replaceAll("%3A", ":");
  return text ? "?" + text : location.pathname;
}

/** Goes there; replace leaves no trace in the history, as when stepping through a list. */
export function go(change, replace) {
  const to = href(change);
  if (to === location.search || (to === location.pathname && !location.search)) return;
  history[replace ? "replaceState" : "pushState"](null, "", to);
  told();
}

export const onRoute = (run) => watchers.push(run);

function told() {
  const before = now;
  now = read();
  for (const run of watchers) run(now, before);
}

addEventListener("popstate", told);
