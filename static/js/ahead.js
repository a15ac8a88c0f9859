/* Duplicate review reads the next cluster ahead, so that a decision is answered at once. The decision goes to the
   server behind it, one after the other; what the server says wins: a refusal brings its cluster back. */

const root = () => document.getElementById("cluster");
const form = () => document.querySelector("[data-duplicates]");
const MOVES = new Set(["merge", "split", "next"]);

let ahead = null;
let line = Promise.resolve();
let latest = 0;
let refused = false;

async function look() {
  const url = form()?.dataset.next;
  if (!url || !window.htmx || ahead?.url === url) return;
  const wanted = { url, html: "" };
  ahead = wanted;
  try {
    const answer = await fetch(`${url}?ahead=1`, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
    if (answer.ok && !answer.redirected) wanted.html = await answer.text();
  } catch {
    /* without it the answer comes when the server gives it */
  }
}

const show = (html) => window.htmx.swap("#cluster", html, { swapStyle: "outerHTML" });

/* The counts have moved on; what is being typed stays */
function refresh(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const touched = root()?.querySelector("[data-include]:not(:checked)");
  for (const part of [".pagehead .acts", ".que", ...(touched ? [] : [".keys"])]) {
    const there = root()?.querySelector(part);
    const made = fresh.querySelector(part);
    if (there && made) there.replaceWith(document.adoptNode(made));
  }
  const next = fresh.querySelector("[data-duplicates]")?.dataset.next;
  if (next && form()) form().dataset.next = next;
}

async function send(url, body, number) {
  let answer;
  try {
    answer = await fetch(url, { method: "POST", body, headers: { "HX-Request": "true" }, credentials: "same-origin" });
  } catch {
    location.assign(url);
    return;
  }
  const html = await answer.text();
  const told = answer.headers.get("HX-Trigger");
  if (told) document.dispatchEvent(new CustomEvent("toast", { detail: JSON.parse(told).toast }));
  if (answer.status === 409 || answer.status === 422) {
    refused = true;
    history.replaceState(history.state, "", url);
    show(html);
  } else if (!answer.ok) {
    location.assign(url);
  } else if (number === latest && !refused) {
    const elsewhere = answer.headers.get("HX-Redirect");
    if (elsewhere) {
      location.assign(elsewhere);
      return;
    }
    const shown = answer.headers.get("HX-Push-Url");
    if (shown && new URL(shown, location).pathname === new URL(form().action).pathname) refresh(html);
    else show(html);
    if (shown) history.replaceState(history.state, "", shown);
    look();
  }
}

document.addEventListener(
  "submit",
  (event) => {
    const here = event.target;
    if (!(here instanceof HTMLFormElement) || !here.matches("[data-duplicates]")) return;
    const button = event.submitter;
    if (!MOVES.has(button?.value) || !ahead?.html || ahead.url !== here.dataset.next) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const body = new FormData(here, button);
    const { action } = here;
    const { url, html } = ahead;
    const number = ++latest;
    refused = false;
    ahead = null;
    history.pushState(history.state, "", url);
    show(html);
    line = line.then(() => send(action, body, number));
  },
  { capture: true },
);

document.addEventListener("htmx:afterSettle", look);
look();
