// What the reader may do: asked at the start, shown, and judged again by the server whenever it is
// used. A token typed here goes with that, and with nothing that only reads.
"use strict";

let token = "";
try {
  token = sessionStorage.getItem("token") ?? "";
} catch {
  // The browser keeps nothing for this page: then it holds until the page is left.
}
const NONE = { compute: false, plan: false, administer: false };
let rights = NONE;

function bearer() {
  return token ? { Authorization: `Bearer ${token}` } : {};
}

const ONLY_DASHBOARDS = "onlyDashboards" in document.documentElement.dataset; // nothing else passes

// Whether the server answered. Where a proxy passes reading only, nothing is offered.
async function askRights() {
  if (ONLY_DASHBOARDS) return false;
  const answer = await fetch("/access", { cache: "no-store", headers: bearer() }).catch(() => null);
  if (answer) rights = answer.ok ? await answer.json() : NONE;
  offer();
  document.dispatchEvent(new Event("rights"));
  return Boolean(answer);
}

function offer() {
  for (const part of document.querySelectorAll("[data-needs]")) {
    if (!rights[part.dataset.needs]) part.hidden = true;
    else if (!part.dataset.do) part.hidden = false;
  }
  for (const part of document.querySelectorAll("[data-lacks]")) {
    part.hidden = rights[part.dataset.lacks];
  }
  for (const part of document.querySelectorAll("[data-token]")) { // through a proxy none would count
    part.hidden = !rights.compute || (rights[part.dataset.token] && !(token && "held" in part.dataset));
  }
}

// --- The token: for as long as this tab is open ---

const holding = document.getElementById("token");

async function hold(text) {
  const said = document.getElementById("token-said");
  token = text;
  try {
    if (token) sessionStorage.setItem("token", token);
    else sessionStorage.removeItem("token");
  } catch {
    // As above.
  }
  const answered = await askRights();
  const role = rights.administer ? "administer" : rights.plan ? "plan" : "none";
  said.textContent = said.dataset[!token ? "forgotten" : answered ? role : "unasked"];
  said.className = !token || (answered && role !== "none") ? "well" : "refused";
  showHeld();
}

function showHeld() {
  document.getElementById("token-text").value = token;
  document.getElementById("token-forget").hidden = !token;
}

document.addEventListener("click", (event) => {
  if (event.target.closest?.("#token [data-close]")) return holding.close();
  if (!holding || !event.target.closest?.("[data-token]")) return;
  document.getElementById("token-said").textContent = "";
  showHeld();
  holding.showModal();
});
holding?.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  hold(document.getElementById("token-text").value.trim());
});
document.getElementById("token-forget")?.addEventListener("click", () => hold(""));

askRights();
