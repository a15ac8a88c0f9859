/* Single-key shortcuts, named in the markup: data-key="m", data-key="g o", data-key="/".
   Ignored in fields, with modifiers, and when the profile turns them off (WCAG 2.1.4).
   J and K walk the rows of [data-rows]; ? lists the keys of the page. */

const root = document.documentElement;
const on = () => root.dataset.keys !== "off";
let first = "";
let firstAt = 0;

const inField = (el) =>
  el instanceof Element && (el.isContentEditable || el.closest("textarea, select, input:not([type=radio], [type=checkbox], [type=button], [type=submit])"));

const usable = (el) => !el.disabled && el.getAttribute("aria-disabled") !== "true" && el.checkVisibility();

/* An open dialog is alone on the page */
const scope = () => document.querySelector("dialog[open]") ?? document;

const keyed = (keys) =>
  [...scope().querySelectorAll("[data-key]")].find((el) => el.dataset.key.toLowerCase() === keys && usable(el));

function act(el) {
  if (el.matches("input:not([type=radio], [type=checkbox]), textarea, select")) {
    el.focus();
    el.select?.();
  } else {
    el.click();
  }
}

/* J and K: the next and the previous row's first link or button */
function walk(step) {
  const rows = [...document.querySelectorAll("[data-rows] tbody tr, [data-rows] > li")].filter((row) => row.checkVisibility());
  const stops = rows.map((row) => row.querySelector("a[href], button, input")).filter(Boolean);
  if (!stops.length) return false;
  const here = rows.findIndex((row) => row.contains(document.activeElement));
  const next = here < 0 ? (step > 0 ? 0 : stops.length - 1) : Math.min(Math.max(here + step, 0), stops.length - 1);
  stops[next].focus();
  return true;
}

function help() {
  const dialog = document.getElementById("keys");
  const list = dialog?.querySelector("[data-keys-list]");
  if (!list || dialog.open) return;
  const seen = new Map();
  for (const el of document.querySelectorAll("[data-key]")) {
    const label = el.dataset.keyLabel ?? el.getAttribute("aria-label") ?? words(el);
    if (!seen.has(el.dataset.key) && label) seen.set(el.dataset.key, label);
  }
  for (const el of document.querySelectorAll("[data-also-keys]")) seen.set(el.dataset.alsoKeys, el.dataset.keyLabel);
  if (document.querySelector("[data-rows]")) seen.set("j k", "next, previous row");
  seen.set("?", "this list");
  list.replaceChildren(
    ...[...seen].map(([keys, label]) => {
      const item = document.createElement("li");
      for (const key of keys.split(" ")) {
        const kbd = document.createElement("kbd");
        kbd.textContent = key.length === 1 ? key.toUpperCase() : key;
        item.append(kbd, " ");
      }
      item.append(label);
      return item;
    }),
  );
  dialog.showModal();
}

/* The text of a control without its key's sign and hidden words */
function words(el) {
  const copy = el.cloneNode(true);
  copy.querySelectorAll("kbd, small, .n, .vh, svg").forEach((part) => part.remove());
  return copy.textContent.trim().replace(/\s+/g, " ");
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (!on() || inField(event.target)) return;
  const key = event.key.toLowerCase();
  const sequence = Date.now() - firstAt < 1200 ? `${first} ${key}` : "";
  const target = (sequence && keyed(sequence)) || keyed(key);
  first = key;
  firstAt = Date.now();
  if (target) {
    event.preventDefault();
    first = "";
    act(target);
  } else if (event.key === "?") {
    event.preventDefault();
    help();
  } else if ((key === "j" || key === "k") && walk(key === "j" ? 1 : -1)) {
    event.preventDefault();
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-keys-help]")) help();
});
