/* The RACI grid: one tab stop, arrows move, R A C I and Del set, N goes to the next conflict,
   a digit presses that repair of the row. The server answers with the row; without this
   module each row has its own page with plain fields. */

const grid = document.querySelector("[data-grid]");
const bar = document.querySelector("[data-letters-bar]");
const mayEdit = grid && !grid.hasAttribute("aria-readonly");
const keysOn = () => document.documentElement.dataset.keys !== "off";

const lines = () => [...grid.querySelectorAll("[data-row] > tr:first-child")].map((tr) => [...tr.querySelectorAll("[data-stop]")]);

/* The stop that Tab reaches; the others are reached by arrows */
function choose(stop, focus = true) {
  for (const one of grid.querySelectorAll("[data-stop]")) one.tabIndex = one === stop ? 0 : -1;
  for (const one of grid.querySelectorAll("[data-chosen]")) delete one.dataset.chosen;
  if (stop.matches("td")) stop.dataset.chosen = "";
  if (focus) stop.focus();
}

function place(stop) {
  const all = lines();
  const y = all.findIndex((line) => line.includes(stop));
  return { all, y, x: y < 0 ? -1 : all[y].indexOf(stop) };
}

const held = (value, most) => Math.min(Math.max(value, 0), most);

function move(stop, dx, dy) {
  const { all, y, x } = place(stop);
  const line = all[held(y + dy, all.length - 1)];
  choose(line[held(x + dx, line.length - 1)]);
}

/* A and R may stand together; a letter pressed again takes itself out of the pair */
function combined(now, letter) {
  if (!letter) return "";
  if (!"AR".includes(letter)) return letter;
  const other = letter === "A" ? "R" : "A";
  if (now === "AR") return other;
  return now === other ? "AR" : letter;
}

function set(cell, letter) {
  const row = cell.closest("[data-row]");
  if (!mayEdit || !row.dataset.cellUrl) return;
  const letters = combined(cell.dataset.letters, letter);
  if (letters === cell.dataset.letters) return;
  window.htmx.ajax("POST", row.dataset.cellUrl, {
    source: row,
    target: `#${row.id}`,
    swap: "outerHTML",
    values: { position: cell.dataset.position, letters },
  });
}

function nextConflict(from) {
  const wrong = [...grid.querySelectorAll("[data-conflict]")];
  if (!wrong.length) return;
  const after = from && wrong.find((row) => row !== from && from.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_FOLLOWING);
  const row = after ?? wrong[0];
  const stops = [...row.querySelectorAll("td[data-stop]")];
  choose(stops.find((cell) => cell.dataset.letters.includes("A")) ?? stops[0]);
  row.scrollIntoView({ block: "nearest" });
}

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function key(event) {
  const stop = event.target.closest("[data-stop]");
  if (!stop || event.altKey || event.metaKey || event.isComposing) return;
  const { all, y } = place(stop);
  if (STEPS[event.key] && !event.ctrlKey) move(stop, ...STEPS[event.key]);
  else if (event.key === "Home") choose(event.ctrlKey ? all[0][0] : all[y][0]);
  else if (event.key === "End") choose(event.ctrlKey ? all.at(-1).at(-1) : all[y].at(-1));
  else if (event.ctrlKey || !keysOn()) return;
  else if (event.key.toLowerCase() === "n") nextConflict(stop.closest("[data-row]"));
  else if (/^[1-9]$/.test(event.key)) {
    const button = stop.closest("[data-row]").querySelectorAll("[data-repair]")[Number(event.key) - 1];
    if (!button) return;
    button.click();
  } else if (stop.matches("td") && mayEdit && (event.key === "Delete" || event.key === "Backspace")) set(stop, "");
  else if (stop.matches("td") && mayEdit && /^[raci]$/i.test(event.key)) set(stop, event.key.toUpperCase());
  else return;
  event.preventDefault();
}

if (grid) {
  const first = grid.querySelector("td[data-stop]");
  if (first) choose(first, false);
  grid.addEventListener("keydown", key);
  grid.addEventListener("click", (event) => {
    const cell = event.target.closest("td[data-stop]");
    if (cell) choose(cell);
  });
  if (bar && mayEdit) {
    bar.hidden = false;
    document.getElementById("raci-key").hidden = true;
    bar.addEventListener("click", (event) => {
      const button = event.target.closest("[data-letter]");
      const cell = grid.querySelector("[data-chosen]");
      if (button && cell) set(cell, button.dataset.letter);
    });
  }
  document.querySelector("[data-next-conflict]")?.addEventListener("click", (event) => {
    event.preventDefault();
    nextConflict(document.activeElement.closest?.("[data-row]") ?? null);
  });
  /* A row that came back is new: the chosen cell is found again by its id */
  let chosen = "";
  let inside = false;
  document.addEventListener("htmx:beforeSwap", () => {
    chosen = grid.querySelector("[data-chosen]")?.id ?? "";
    inside = grid.contains(document.activeElement);
  });
  document.addEventListener("htmx:afterSettle", () => {
    const cell = document.getElementById(chosen);
    if (cell && !cell.hasAttribute("data-chosen")) choose(cell, inside);
    else if (!grid.querySelector('[data-stop][tabindex="0"]')) choose(grid.querySelector("td[data-stop]"), false);
    const next = document.querySelector("[data-next-conflict]");
    if (next) next.hidden = !grid.querySelector("[data-conflict]");
  });
}
