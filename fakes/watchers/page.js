"use strict";
// A room shows each widget showDelayMS after the entry, takes it away when the
// offer ends, and tells the page around it, or the sandbox alone, of a tap.
(() => {
  const stage = document.querySelector(".stage");
  if (!stage) return;
  const longest = 2 ** 31 - 1; // what a timer can count to
  const waiting = []; // pop-ups that are due while another one is open
  let open = null;

  const later = (slot, name, run) => {
    const ms = Number(slot.dataset[name]);
    if (ms <= longest) setTimeout(run, ms);
  };

  const show = (slot) => {
    slot.hidden = false;
    if (stage.dataset.view === "popup") {
      open = slot;
      slot.querySelector(".close").focus({ preventScroll: true });
    } else {
      slot.scrollIntoView({ block: "nearest" });
    }
  };

  const due = (slot) => {
    if (slot.dataset.over) return;
    if (open) waiting.push(slot);
    else show(slot);
  };

  const close = (slot) => {
    slot.hidden = true;
    slot.dataset.over = "yes";
    if (slot !== open) return;
    open = null;
    const next = waiting.find((each) => !each.dataset.over);
    waiting.splice(0, next ? waiting.indexOf(next) + 1 : waiting.length);
    if (next) show(next);
  };

  const report = (offer, text) => {
    const line = document.createElement("li");
    line.textContent = text;
    document.getElementById("taps").append(line);
    fetch(stage.dataset.taps, {
      method: "POST",
      keepalive: true,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ offerId: Number(offer) }),
    }).catch(() => { line.textContent += " (the sandbox was not reached)"; });
  };

  const tapped = (act) => {
    if (act.dataset.message) {
      window.parent.postMessage(JSON.parse(act.dataset.message), "*");
      report(act.dataset.offer, act.dataset.message);
    } else {
      report(act.dataset.offer, "opened " + act.href);
    }
  };

  for (const slot of document.querySelectorAll(".slot")) {
    later(slot, "after", () => due(slot));
    if (slot.dataset.until !== "0") later(slot, "until", () => close(slot));
    slot.querySelector(".close")?.addEventListener("click", () => close(slot));
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && open) close(open);
  });
  document.addEventListener("click", (event) => {
    const act = event.target.closest(".act[data-offer]");
    if (act) tapped(act);
  });
})();
