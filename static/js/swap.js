/* What surrounds a swap: busy marks, where the focus goes, and what is said when the server fails. */

const outage = document.getElementById("outage");
let failed = null;

const lead = (within) => {
  const el = within.matches?.("[data-focus]") ? within : within.querySelector?.("[data-focus]");
  if (!el) return false;
  if (!el.hasAttribute("tabindex")) el.tabIndex = -1;
  el.focus();
  return true;
};

/* After a refused submit without htmx, the summary of what to correct */
lead(document);

document.addEventListener("htmx:beforeRequest", (event) => {
  event.detail.target?.setAttribute("aria-busy", "true");
});

document.addEventListener("htmx:afterRequest", (event) => {
  event.detail.target?.removeAttribute("aria-busy");
  if (event.detail.successful && failed) {
    failed = null;
    if (outage) outage.hidden = true;
  }
});

document.addEventListener("htmx:afterSettle", (event) => {
  const el = event.detail.elt;
  if (!(el instanceof Element) || !el.isConnected) return;
  /* A part that renews itself must not take the focus from where the reader is */
  if (el.closest("[data-quiet]")) say(el);
  else lead(el);
});

/* One sentence for screen readers, at most every ten seconds, at once when the state changes */
let saidAt = 0;
let saidState = "";
function say(el) {
  const region = document.getElementById("announce");
  const { say: text, state = "" } = el.dataset;
  if (!region || !text || (state === saidState && Date.now() - saidAt < 10_000)) return;
  region.textContent = text;
  saidAt = Date.now();
  saidState = state;
}

/* ---- the server failed, or there is no network: say so, keep what is there, offer to try again ---- */

function fail(event, text) {
  failed = event.detail;
  if (!outage) return;
  outage.querySelector("[data-outage-text]").textContent = text;
  outage.hidden = false;
}

const QUIET_ENDS = "What you see may be out of date. Nothing was lost here.";
document.addEventListener("htmx:sendError", (event) => fail(event, `There is no connection. ${QUIET_ENDS}`));
document.addEventListener("htmx:timeout", (event) => fail(event, `It took too long. ${QUIET_ENDS}`));
document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  if (status === 404) fail(event, "This is no longer there. Load the page again.");
  else if (status === 400) fail(event, "The request was not understood. Load the page again.");
  else fail(event, `The server answered with an error (${status}). ${QUIET_ENDS}`);
});

outage?.addEventListener("click", (event) => {
  if (!event.target.closest("[data-retry]")) return;
  const el = failed?.elt;
  outage.hidden = true;
  if (!el?.isConnected) location.reload();
  else if (el instanceof HTMLFormElement) el.requestSubmit();
  else window.htmx.trigger(el, failed.requestConfig?.triggeringEvent?.type ?? "click");
});

/* ---- forms: a second press does nothing while the first is on its way ---- */

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "dialog" || form.hasAttribute("hx-post") || form.hasAttribute("hx-get")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
});

window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.querySelectorAll("[aria-busy]").forEach((el) => el.removeAttribute("aria-busy"));
  }
});

/* ---- menus that are <details>: Escape and a click elsewhere close them ---- */

const menus = () => document.querySelectorAll("details.me[open], details.confirm[open]");

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus()) {
    const inside = menu.contains(document.activeElement);
    menu.open = false;
    if (inside) menu.querySelector("summary").focus();
  }
});

document.addEventListener("click", (event) => {
  for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
});
