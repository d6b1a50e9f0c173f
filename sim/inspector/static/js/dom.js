// Makes elements. Texts become text nodes and nothing else: there is no way in
// here from a string to markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(el, props, kids) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") for (const [event, run] of Object.entries(value)) el.addEventListener(event, run);
    else if (name === "data") Object.assign(el.dataset, value);
    else if (name === "value" || name === "checked") el[name] = value;
    else el.setAttribute(name, value === true ? "" : value);
  }
  el.append(...kids.flat(3).filter((kid) => kid !== undefined && kid !== null && kid !== false));
  return el;
}

/** An HTML element; kids are elements and texts, on has listeners by event. */
export const h = (tag, props, ...kids) => fill(document.createElement(tag), props, kids);

/** An SVG element. */
export const s = (tag, props, ...kids) => fill(document.createElementNS(SVG, tag), props, kids);

export const $ = (id) => document.getElementById(id);

/**
 * Lays items out in a parent: an item's element is kept while its signature is
 * the same, so that focus, scrolling and open menus survive an update.
 */
export function lay(parent, items, key, signature, make) {
  const had = parent.laid ?? new Map();
  const has = new Map();
  let at = null;
  for (const item of items) {
    const k = key(item), sig = signature(item);
    let one = had.get(k);
    if (!one || one.sig !== sig) {
      const el = make(item);
      one?.el.replaceWith(el);
      one = { el, sig };
    }
    has.set(k, one);
    const next = at ? at.nextSibling : parent.firstChild;
    if (one.el !== next) parent.insertBefore(one.el, next);
    at = one.el;
  }
  while (parent.lastChild && parent.lastChild !== at) parent.lastChild.remove();
  parent.laid = has;
}

/** Runs at most once every ms, and never beside itself; asked again meanwhile, once more. */
export function calm(ms, run) {
  let busy = false, again = false;
  const go = async () => {
    busy = true;
    again = false;
    const began = performance.now();
    try {
      await run();
    } catch (problem) {
      if (problem.name !== "Gone") console.warn(problem);
    }
    // A slow answer is asked for less often, so that reading never eats the sandbox.
    setTimeout(() => {
      busy = false;
      if (again) go();
    }, Math.max(ms, 4 * (performance.now() - began)));
  };
  return () => {
    if (busy) again = true;
    else go();
  };
}
