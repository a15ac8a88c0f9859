/* Duplicate review by keyboard: J K walk the fields, 1-9 take one from a record, X leaves a record out.
   Merge, split, next and undo are buttons with data-key; keys.js presses them. Everything works without this. */

const form = () => document.querySelector("[data-duplicates]");
const on = () => document.documentElement.dataset.keys !== "off";
let row = 0;
let column = 0;
const byRule = new WeakMap(); // survivor's cell: what the rules put there

const rows = () => [...(form()?.querySelectorAll(".du tbody tr.diff") ?? [])].filter((one) => one.checkVisibility());

function mark() {
  const all = rows();
  row = Math.min(Math.max(row, 0), all.length - 1);
  for (const [at, one] of all.entries()) {
    one.classList.toggle("cur", at === row);
    if (at === row) one.setAttribute("aria-selected", "true");
    else one.removeAttribute("aria-selected");
  }
}

function paint() {
  const root = form();
  if (!root) return;
  const boxes = [...root.querySelectorAll("[data-include]")];
  const kept = boxes.filter((one) => one.checked).length;
  for (const radio of root.querySelectorAll(".du tbody input[type=radio]")) {
    const cell = radio.closest("td");
    const box = root.querySelector(`[data-include="${radio.dataset.column}"]`);
    cell.classList.toggle("pick", radio.checked);
    cell.classList.toggle("out", box ? !box.checked : false);
  }
  const label = root.querySelector("[data-merge]");
  if (!label) return;
  label.textContent = kept < 2 ? "Merge two or more" : `Merge ${kept} records`;
  label.closest("button").disabled = kept < 2;
}

/* The survivor's cell says what is chosen; taking back what the rules chose brings their value and reason back. */
function tell(radio) {
  const survivor = radio.closest("tr")?.querySelector(".du-s");
  if (!survivor) return;
  if (!byRule.has(survivor)) byRule.set(survivor, [...survivor.childNodes]);
  if (radio.defaultChecked) {
    survivor.replaceChildren(...byRule.get(survivor));
    return;
  }
  const text = radio.parentElement.querySelector("span").textContent;
  const [value, why] = [document.createElement("b"), document.createElement("small")];
  value.textContent = radio.dataset.empty === undefined ? text : "–";
  why.textContent = "your choice";
  survivor.replaceChildren(value, why);
}

function take(number) {
  const all = rows();
  const radio = all[row]?.querySelector(`input[data-column="${number}"]`);
  if (!radio) return false;
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
  column = number;
  return true;
}

function exclude() {
  const boxes = [...form().querySelectorAll("[data-include]")];
  const here = document.activeElement?.dataset?.column ?? document.activeElement?.dataset?.include ?? column;
  const box = boxes.find((one) => one.dataset.include === String(here)) ?? boxes.at(-1);
  box.checked = !box.checked;
  box.dispatchEvent(new Event("change", { bubbles: true }));
  box.focus();
}

document.addEventListener(
  "keydown",
  (event) => {
    if (!form() || !on() || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    const el = event.target;
    if (el instanceof Element && el.closest("textarea, select, input:not([type=radio], [type=checkbox], [type=submit])")) return;
    const key = event.key.toLowerCase();
    if (key === "j" || key === "k") {
      row += key === "j" ? 1 : -1;
      mark();
      rows()[row]?.querySelector("input:checked, input")?.focus();
    } else if (/^[1-9]$/.test(key)) {
      if (!take(Number(key))) return;
    } else if (key === "x") {
      exclude();
    } else {
      return;
    }
    event.preventDefault();
  },
  { capture: true },
);

document.addEventListener("change", (event) => {
  if (!event.target.closest?.("[data-duplicates]")) return;
  if (event.target.dataset.column) {
    column = Number(event.target.dataset.column);
    tell(event.target);
  }
  paint();
});

document.addEventListener("htmx:afterSettle", () => {
  if (!form()) return;
  row = 0;
  column = 0;
  mark();
  paint();
});

mark();
paint();
