// The page is complete without this script. It adds: fresh values when something is stored, or every
// 30 seconds, tooltips on hover and focus, and arrow keys inside the heatmap and
// the charts.
"use strict";

const POLL_MS = 30_000; // while no news comes by itself
const MINUTE_MS = 60_000; // the present hour moves on even if nothing is stored
const SETTLE_MS = 300; // several things are stored at once: one look is enough
const GAP_PX = 10;

// Where there are several sites, every question is about the one that is shown.
function at(path) {
  const { site } = document.documentElement.dataset;
  return site ? `${path}${path.includes("?") ? "&" : "?"}site=${encodeURIComponent(site)}` : path;
}

const tip = document.getElementById("tip");
const offline = document.getElementById("offline");

// --- Fresh values ---

function pageState(root) {
  return {
    focused: document.activeElement && root.contains(document.activeElement) ? document.activeElement.id : "",
    open: [...root.querySelectorAll("details[id]")].map((part) => [part.id, part.open]),
    scrolled: [...root.querySelectorAll(".scroll[id]")].map((part) => [part.id, part.scrollLeft]),
  };
}

function restore(state) {
  for (const [id, open] of state.open) {
    const part = document.getElementById(id);
    if (part) part.open = open;
  }
  for (const [id, left] of state.scrolled) {
    const part = document.getElementById(id);
    if (part) part.scrollLeft = left;
  }
  const focused = state.focused && document.getElementById(state.focused);
  if (focused) focused.focus({ preventScroll: true });
}

async function refresh() {
  const live = document.getElementById("live");
  try {
    const answer = await fetch(location.href, { cache: "no-cache", headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    if (!tip) return location.reload(); // this was the error page
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    const state = pageState(live);
    tip.hidden = true;
    live.replaceWith(document.adoptNode(next.getElementById("live")));
    document.title = next.title;
    offline.textContent = next.getElementById("offline").textContent;
    offline.hidden = true;
    makeReachable();
    restore(state);
  } catch {
    if (offline) offline.hidden = false;
  }
}

// --- The list of sites: it closes as such lists do ---

function closeSites(event) {
  const open = document.querySelector("#sites[open]");
  if (!open || (event.type === "click" && open.contains(event.target))) return;
  if (event.type === "keydown" && event.key !== "Escape") return;
  open.open = false;
  if (event.type === "keydown") open.querySelector("summary").focus();
}

document.addEventListener("click", closeSites);
document.addEventListener("keydown", closeSites);

// --- Tooltips: what the accessible name says, shown beside the mark ---

function show(mark) {
  tip.replaceChildren(
    ...mark.getAttribute("aria-label").split(" · ").map((line) => {
      const span = document.createElement("span");
      span.textContent = line;
      return span;
    }),
  );
  tip.hidden = false;
  const at = mark.getBoundingClientRect();
  const box = tip.getBoundingClientRect();
  const middle = Math.max(0, at.left) / 2 + Math.min(innerWidth, at.right) / 2;
  const left = Math.min(Math.max(8, middle - box.width / 2), innerWidth - box.width - 8);
  const above = at.top - box.height - GAP_PX;
  tip.style.left = `${left}px`;
  tip.style.top = `${above > 60 ? above : Math.min(at.bottom + GAP_PX, innerHeight - box.height - 8)}px`;
}

function onMark(event) {
  const mark = event.target.closest?.("[data-tip]");
  if (mark) show(mark);
  else if (event.type === "pointerover") tip.hidden = true;
}

function onScroll() {
  const focused = document.activeElement?.closest("[data-tip]");
  if (focused && !tip.hidden) show(focused);
  else tip.hidden = true;
}

// --- Arrow keys: each grid or chart is one stop for Tab ---

function makeReachable() {
  for (const group of document.querySelectorAll("[data-roving]")) {
    const first = group.querySelector(".current") ?? group.querySelector("[data-tip]");
    if (first) first.tabIndex = 0;
  }
}

function neighbour(mark, key) {
  const marks = [...mark.closest("[data-roving]").querySelectorAll("[data-tip]")];
  const centre = (other) => {
    const box = other.getBoundingClientRect();
    return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
  };
  const here = centre(mark);
  const sideways = key === "ArrowLeft" || key === "ArrowRight";
  const sign = key === "ArrowRight" || key === "ArrowDown" ? 1 : -1;
  let best = null;
  let nearest = Infinity;
  for (const other of marks) {
    const there = centre(other);
    const along = sign * (sideways ? there.x - here.x : there.y - here.y);
    const across = Math.abs(sideways ? there.y - here.y : there.x - here.x);
    if (along < 0.5 || (sideways && across > 2)) continue;
    const distance = sideways ? along : along * 1000 + across;
    if (distance < nearest) [best, nearest] = [other, distance];
  }
  return best;
}

function onKey(event) {
  if (event.key === "Escape" && tip) tip.hidden = true;
  const mark = event.target.closest?.("[data-roving] [data-tip]");
  if (!mark || !event.key.startsWith("Arrow")) return;
  const next = neighbour(mark, event.key);
  event.preventDefault();
  if (!next) return;
  mark.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

if (tip) {
  document.addEventListener("pointerover", onMark);
  document.addEventListener("focusin", onMark);
  document.addEventListener("focusout", () => { tip.hidden = true; });
  document.addEventListener("scroll", onScroll, { capture: true, passive: true });
}
document.addEventListener("keydown", onKey);
makeReachable();

// --- When to look: at news, else by the clock. Behind a proxy only polling is let through ---

let looked = Date.now();
let settling = 0;
let news = null;

function look() {
  looked = Date.now();
  return refresh();
}

function listen() {
  news = new EventSource(at("/dashboard/events"));
  news.addEventListener("stored", (event) => {
    if (!JSON.parse(event.data).changed.length) return;
    clearTimeout(settling);
    settling = setTimeout(look, SETTLE_MS);
  });
  news.addEventListener("error", () => {
    if (news.readyState === EventSource.CLOSED) news = null; // refused: it is not tried again
  });
}

setInterval(() => {
  const open = news?.readyState === EventSource.OPEN;
  if (Date.now() - looked >= (open ? MINUTE_MS : POLL_MS)) look();
}, 1000);
const streams = !document.querySelector(".fleet") && !("onlyDashboards" in document.documentElement.dataset);
if (tip && streams) listen();
