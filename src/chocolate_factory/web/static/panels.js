// Beyond reading: a cell of the heatmap opens its quarter-hours; a block of the timeline can be
// tried at another start, and pinned there by those who may. The page is complete without it.
"use strict";

const ZONE = "Europe/Madrid";
const TYPED_MS = 350;
const REACH_PX = 14;

// --- Quarter-hours of a cell ---

let openedQuarters = "";

function showQuarters(id) {
  const detail = document.getElementById("quarter-detail");
  if (!detail) return;
  const told = id && document.querySelector(`template[data-of="${CSS.escape(id)}"]`);
  for (const cell of document.querySelectorAll("[data-quarters]")) {
    cell.setAttribute("aria-expanded", String(Boolean(told) && cell.id === id));
  }
  openedQuarters = told ? id : "";
  detail.hidden = !told;
  if (!told) return;
  detail.querySelector("h3 span").textContent = told.dataset.title;
  detail.querySelector("div").replaceChildren(told.content.cloneNode(true));
}

function closeQuarters() {
  const cell = document.getElementById(openedQuarters);
  showQuarters("");
  if (cell) cell.focus({ preventScroll: true });
}

// --- Times: instants inside, the Madrid clock in the field ---

function wall(instant) {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit",
    minute: "2-digit", hourCycle: "h23",
  }).formatToParts(instant);
  const part = (type) => parts.find((one) => one.type === type).value;
  return `${part("year")}-${part("month")}-${part("day")}T${part("hour")}:${part("minute")}`;
}

// Null where the clock never shows it; of two instants at which it does, the nearer to another one.
function instantOf(text, near) {
  const shown = ["+01:00", "+02:00"].map((offset) => new Date(`${text}${offset}`))
    .filter((instant) => !Number.isNaN(instant.getTime()) && wall(instant) === text);
  return shown.sort((one, other) => Math.abs(one - near) - Math.abs(other - near))[0] ?? null;
}

// Which of two hours of the same name it is in, on the night with 25; else nothing.
function whichOfTwo(instant) {
  const shows = (hours) => wall(new Date(instant.getTime() + hours * 3_600_000)) === wall(instant);
  return shows(1) ? "first" : shows(-1) ? "second" : "";
}

// --- Moving a batch ---

const moving = document.getElementById("move");
let moved = { batch: "", stage: "", from: null, to: null, begun: false, pinned: false, event: "" };
let waiting = 0;
let asking = null;

// What the server refuses and reasons, in the language it said it in: English where the page's has no form.
function spoken(text, lang = "en") {
  const part = document.createElement("span");
  part.lang = lang;
  part.textContent = text;
  return part;
}

function failed(fault) {
  const [before, after = ""] = moving.dataset.failed.split("{why}");
  return [before, spoken(fault.message, fault.lang), after];
}

async function told(answer) {
  const body = await answer.json().catch(() => ({}));
  const lang = answer.headers.get("Content-Language") ?? "en";
  if (answer.ok) return { ...body, lang };
  const reasons = body.reasons && body.reasons.length ? body.reasons.join(" ") : body.detail;
  throw Object.assign(new Error(reasons || body.title || String(answer.status)), { lang });
}

function inLanguage(path) {
  const address = new URL(at(path), location.href);
  address.searchParams.set("lang", document.documentElement.lang);
  return address;
}

function post(path, body, signal) {
  return fetch(inLanguage(path), {
    method: "POST", headers: { "Content-Type": "application/json", ...bearer() }, body: JSON.stringify(body), signal,
  }).then(told);
}

function cost(className, ...lines) {
  const place = document.getElementById("move-cost");
  place.className = `move-cost ${className}`;
  place.replaceChildren(...lines.filter(Boolean).map((line) => {
    const part = document.createElement("p");
    part.append(...[line].flat());
    return part;
  }));
}

// --- Why a batch is where it is ---

function signed(eur) {
  return new Intl.NumberFormat(document.documentElement.lang, {
    style: "currency", currency: "EUR", signDisplay: "exceptZero",
  }).format(Math.round(eur * 100) / 100);
}

function hourOff(words, shift, lang) {
  const line = document.createElement("li");
  line.append(words.replace("{eur}", shift.difference_eur === null ? "–" : signed(shift.difference_eur)));
  if (shift.limits.length) {
    const limits = spoken(shift.limits.join("; "), lang);
    limits.className = "quiet";
    line.append("; ", document.getElementById("move-why").dataset.inTheWay, " ", limits);
  }
  return line;
}

async function showWhy(batch) {
  const place = document.getElementById("move-why");
  const say = place.dataset;
  place.replaceChildren();
  const answer = await fetch(inLanguage(`/plan/why?batch=${encodeURIComponent(batch)}`)).then(told).catch(() => null);
  if (!answer || batch !== moved.batch) return; // begun, of another plan, or not to be read from here
  const lang = document.documentElement.lang;
  const facts = [
    say.cost.replace("{eur}", new Intl.NumberFormat(lang, { style: "currency", currency: "EUR" }).format(answer.cost_eur)),
    answer.published ? say.published : say.forecast,
  ];
  if (answer.due) {
    const when = new Intl.DateTimeFormat(lang, {
      timeZone: ZONE, weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
    }).format(new Date(answer.due));
    facts.push(say.due.replace("{when}", when));
  }
  if (answer.stays_best !== null) {
    const share = new Intl.NumberFormat(lang, { style: "percent" }).format(answer.stays_best);
    facts.push(say.sure.replace("{share}", share));
  }
  if (answer.unweighed !== null) facts.push(say.unweighed);
  const title = document.createElement("h3");
  title.textContent = say.title;
  const list = document.createElement("ul");
  list.append(...facts.map((fact) => Object.assign(document.createElement("li"), { textContent: fact })));
  list.append(hourOff(say.earlier, answer.hour_earlier, answer.lang), hourOff(say.later, answer.hour_later, answer.lang));
  place.replaceChildren(title, list);
}

function button(name) {
  return moving.querySelector(`[data-do="${name}"]`);
}

function offerActions() {
  button("pin").hidden = moved.begun || !rights.plan;
  button("unpin").hidden = !rights.plan || !moved.pinned;
  button("started").hidden = !rights.plan;
  button("undo").hidden = true;
  if (rights.plan && !ONLY_DASHBOARDS) offerUndo(moved);
}

// A report can be taken back whenever its block is opened, whichever plan is in force since.
async function offerUndo(block) {
  const plan = await fetch(at("/plan"), { cache: "no-store" }).then(told).catch(() => null);
  const report = plan?.reports.findLast((one) => one.batch === block.batch && one.stage === block.stage);
  if (!report || block !== moved) return; // nobody reported it, or another dialog is open
  moved.event ||= report.event_id;
  button("undo").hidden = false;
}

function stopAsking() {
  clearTimeout(waiting);
  asking?.abort();
}

function ready() {
  for (const one of moving.querySelectorAll("[data-do]")) one.disabled = one.dataset.do === "pin";
}

function openMove(bar) {
  stopAsking();
  const begun = bar.classList.contains("is-carried"); // it stays where it is; only its start can be told
  const fixed = begun || !rights.compute; // through a proxy nothing can be tried
  moved = {
    batch: bar.dataset.batch, stage: bar.dataset.stage, from: new Date(bar.dataset.begin),
    to: new Date(bar.dataset.begin), begun, pinned: bar.classList.contains("is-pinned"), event: "",
  };
  document.getElementById("move-batch").textContent = moved.batch;
  document.getElementById("move-block").textContent = bar.getAttribute("aria-label");
  showStart(moved.from);
  document.getElementById("move-elsewhere").hidden = fixed;
  cost("", moving.dataset[begun ? "begun" : fixed ? "onlyRead" : "unmoved"]);
  ready();
  offerActions();
  document.getElementById("move-why").replaceChildren();
  if (!begun && !ONLY_DASHBOARDS) showWhy(moved.batch);
  moving.showModal();
  if (!fixed) document.getElementById("move-begin").focus();
}

function showStart(instant) {
  const which = document.getElementById("move-which");
  which.textContent = instant ? which.dataset[whichOfTwo(instant)] ?? "" : "";
  if (instant) document.getElementById("move-begin").value = wall(instant);
}

function chosen(instant) {
  stopAsking();
  button("pin").disabled = true;
  showStart(instant);
  if (!instant) return cost("is-bad", moving.dataset.noTime);
  moved.to = instant;
  if (instant.getTime() === moved.from.getTime()) return cost("", moving.dataset.unmoved);
  cost("is-working", moving.dataset.computing);
  waiting = setTimeout(ask, TYPED_MS);
}

async function ask() {
  const own = new AbortController();
  asking = own;
  try {
    const move = { batch: moved.batch, begin: moved.to.toISOString() };
    const answer = await post("/optimize/production/what-if", { variants: [{ name: "move", move }] }, own.signal);
    if (own.signal.aborted) return; // of another start, or of another batch
    const row = answer.rows.at(-1);
    if (!row.feasible || row.difference_eur === null) {
      return cost("is-bad", moving.dataset.impossible, ...row.reasons.map((one) => spoken(one, answer.lang)));
    }
    const cents = Math.round(row.difference_eur * 100);
    const money = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: "EUR" })
      .format(Math.abs(cents) / 100);
    const said = cents > 0 ? moving.dataset.dearer : cents < 0 ? moving.dataset.cheaper : moving.dataset.same;
    cost(cents > 0 ? "is-dearer" : "is-good", said.replace("{eur}", money));
    button("pin").disabled = false;
  } catch (fault) {
    if (!own.signal.aborted) cost("is-bad", failed(fault));
  }
}

async function act(name) {
  const calls = {
    pin: () => post("/plan/pin", { batch: moved.batch, begin: moved.to.toISOString() }),
    unpin: () => post("/plan/undo", { batch: moved.batch }),
    started: () => post("/plan/started", { batch: moved.batch, stage: moved.stage, start: new Date().toISOString() }),
    undo: () => post("/plan/undo", { event_id: moved.event }),
  };
  const own = moved; // another batch may be opened before the answer is there
  for (const one of moving.querySelectorAll("[data-do]")) one.disabled = true;
  try {
    const answer = await calls[name]();
    if (own === moved) {
      moved.event = answer.event_id;
      cost("is-good", moving.dataset[name === "undo" || name === "unpin" ? "undone" : name]);
      button("undo").hidden = name === "undo" || name === "unpin";
      ready();
    }
    if (typeof refresh === "function") await refresh();
  } catch (fault) {
    if (own !== moved || !moving.open) return say(own.batch, ": ", ...failed(fault));
    cost("is-bad", failed(fault));
    ready();
  }
}

function say(...parts) {
  const said = document.getElementById("said");
  said.replaceChildren(...parts);
  said.hidden = false;
  setTimeout(() => { said.hidden = true; }, 8000);
}

async function accept(asked) {
  asked.disabled = true;
  try {
    await post("/plan/accept", { plan_id: asked.dataset.accept });
    say(document.getElementById("said").dataset.accepted);
    if (typeof refresh === "function") await refresh();
  } catch (fault) {
    say(spoken(fault.message, fault.lang));
    asked.disabled = false;
  }
}

// --- An alert that was seen: what is posted changes nothing but a note, and the page shows it ---

async function note(asked) {
  asked.disabled = true;
  try {
    const answer = await fetch(at(asked.dataset.post), { method: "POST", headers: bearer() });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    await refresh();
  } catch {
    asked.disabled = false;
    const said = asked.nextElementSibling ?? document.createElement("p");
    said.setAttribute("role", "alert");
    said.textContent = asked.dataset.failed;
    asked.after(said);
  }
}

// A quarter-hour is two pixels wide: in its lane the nearest block within reach is meant.
function barNear(event) {
  const lane = event.target.closest?.(".lane");
  let best = null;
  let nearest = REACH_PX;
  for (const bar of lane?.querySelectorAll("[data-batch]") ?? []) {
    const box = bar.getBoundingClientRect();
    const away = Math.max(box.left - event.clientX, event.clientX - box.right, 0);
    if (away < nearest) [best, nearest] = [bar, away];
  }
  return best;
}

// --- Events ---

document.addEventListener("click", (event) => {
  const on = (selector) => event.target.closest?.(selector);
  const cell = on("[data-quarters]");
  if (cell) return showQuarters(cell.id === openedQuarters ? "" : cell.id);
  if (on("[data-close-quarters]")) return closeQuarters();
  const bar = on("[data-batch]") ?? barNear(event);
  if (bar) return openMove(bar);
  const asked = on("[data-accept]");
  if (asked) return accept(asked);
  const step = on("[data-step]");
  if (step) return chosen(new Date(moved.to.getTime() + step.dataset.step * 60_000));
  const seen = on("[data-post]");
  if (seen) return note(seen);
  const wish = on("[data-do]");
  if (wish) return act(wish.dataset.do);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && openedQuarters && !moving?.open) return closeQuarters();
  if (event.key !== "Enter" && event.key !== " ") return;
  const mark = event.target.closest?.("[data-quarters], [data-batch]");
  if (!mark) return;
  event.preventDefault();
  if (mark.dataset.batch) openMove(mark);
  else showQuarters(mark.id === openedQuarters ? "" : mark.id);
});

moving?.addEventListener("close", stopAsking);
const begin = document.getElementById("move-begin");
begin?.addEventListener("change", () => chosen(instantOf(begin.value, moved.to)));
begin?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return; // else the dialog would close
  event.preventDefault();
  chosen(instantOf(begin.value, moved.to));
});

// Fresh values replace the page's inside: what was open is opened again, and rights shown anew.
new MutationObserver(() => {
  offer();
  if (openedQuarters) showQuarters(openedQuarters);
}).observe(document.body, { childList: true });
document.addEventListener("rights", () => { if (moving?.open) offerActions(); });
