// The first steps: each form is sent as JSON; what was written is shown under it.
"use strict";

async function send(path, body) {
  const { lang, dataset: { site } } = document.documentElement;
  const asked = new URLSearchParams(site ? { lang, site } : { lang });
  const answer = await fetch(`${path}?${asked}`, {
    method: "POST", headers: { "Content-Type": "application/json", ...bearer() }, body: JSON.stringify(body),
  });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    const fault = new Error(told.detail || told.title || String(answer.status));
    throw Object.assign(fault, { lang: answer.headers.get("Content-Language") ?? "en" });
  }
  return told;
}

// In the language that the server said it in: English where the page's has no form.
function refusal(fault) {
  const said = document.createElement("span");
  said.className = "refused";
  said.lang = fault.lang ?? "en";
  said.textContent = fault.message;
  return said;
}

function numbers(form, name) {
  return [...form.querySelectorAll(`[name="${name}"]`)]
    .filter((field) => !field.closest("[hidden]") && field.value !== "").map((field) => Number(field.value));
}

const bodies = {
  contract(form) {
    const kind = form.elements.kind.value;
    const indexed = (name) => {
      const { value } = form.elements[name];
      return kind === "indexed" && value !== "" ? Number(value) : null;
    };
    return {
      kind, tariff: form.elements.tariff.value,
      margin_eur_mwh: indexed("margin"),
      adjustment_services_eur_mwh: indexed("services"),
      prices_eur_kwh: kind === "fixed" ? numbers(form, "price") : [],
    };
  },
  power: (form) => ({ contracted_kw: numbers(form, "kw") }),
  plant: (form) => ({ template: form.elements.template.value }),
  orders(form) {
    const weekly = {};
    for (const field of form.querySelectorAll("[data-day]")) {
      if (Number(field.value) > 0) (weekly[field.dataset.day] ??= {})[field.dataset.product] = Number(field.value);
    }
    return { weekly };
  },
  notifications: (form) => ({
    addresses: form.elements.addresses.value.split("\n").map((line) => line.trim()).filter(Boolean),
  }),
};

function toNext(form) {
  const next = form.closest("li").nextElementSibling;
  const field = next?.querySelector("select, input, textarea, button:not([hidden])");
  next?.scrollIntoView({ block: "start" });
  field?.focus({ preventScroll: true });
}

for (const form of document.querySelectorAll("form[data-step]")) {
  const outcome = form.querySelector(".outcome");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const told = await send(`/setup/${form.dataset.step}`, bodies[form.dataset.step](form));
      const said = document.createElement("p");
      said.className = "well";
      said.textContent = outcome.dataset.at.replace("{file}", told.file);
      const text = document.createElement("pre");
      text.tabIndex = 0;
      text.textContent = told.text;
      outcome.replaceChildren(said, text);
      if (form.dataset.step === "plant") setTimeout(() => location.reload(), 1500);
    } catch (fault) {
      outcome.replaceChildren(refusal(fault));
    }
  });
  form.querySelector("[data-next]")?.addEventListener("click", () => toNext(form));
}

const contract = document.querySelector('form[data-step="contract"]');
function fit() {
  const kind = contract.elements.kind.value;
  if (kind === "pvpc") contract.elements.tariff.value = "2.0TD";
  if (kind === "indexed" && contract.elements.tariff.value === "2.0TD") contract.elements.tariff.value = "3.0TD";
  const small = contract.elements.tariff.value === "2.0TD";
  for (const part of contract.querySelectorAll("[data-kind]")) part.hidden = part.dataset.kind !== kind;
  for (const part of contract.querySelectorAll("[data-period]")) part.hidden = small && part.dataset.period > 3;
  for (const part of document.querySelectorAll("[data-power]")) part.hidden = small && part.dataset.power > 2;
}
contract.addEventListener("change", fit);
fit();

document.querySelector("[data-remove-demo]")?.addEventListener("click", async (event) => {
  const said = document.getElementById("demo-said");
  try {
    const told = await send("/setup/remove-demo", {});
    const { done, kept } = event.target.dataset;
    said.textContent = done.replace("{folder}", told.folder);
    if (told.configuration) said.textContent += ` ${kept.replace("{folder}", told.configuration)}`;
    event.target.disabled = true;
  } catch (fault) {
    said.replaceChildren(refusal(fault));
  }
});
