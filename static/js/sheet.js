/* The rating sheet by keyboard: 1 to 5 rate a cell and move on, 0 abstains, N goes to its note, Escape
   comes back. On a cell the digits always work; from the bare page only while single keys are on. */

const sheet = document.querySelector("[data-sheet]");
const cells = sheet ? [...sheet.querySelectorAll("[data-cell]")] : [];

const rating = (cell) => cell.querySelector("[type=radio]:checked") ?? cell.querySelector("[type=radio]");
const isOpen = (cell) => !cell.querySelector("[type=radio]:checked");

function cellOf(target) {
  const cell = target.closest?.("[data-cell]");
  if (cell) return cell;
  const free = target === document.body || target.id === "main";
  return free && document.documentElement.dataset.keys !== "off" ? (cells.find(isOpen) ?? cells[0]) : null;
}

function rate(cell, value) {
  const box = cell.querySelector(`[type=radio][value="${value}"]`);
  box.checked = true;
  box.dispatchEvent(new Event("change", { bubbles: true }));
  if (value === "abstain") {
    reason(cell).focus();
  } else {
    rating(cells[cells.indexOf(cell) + 1] ?? cell).focus();
  }
}

function reason(cell) {
  cell.querySelector("details").open = true;
  return cell.querySelector("[name$=-abstained]");
}

document.addEventListener(
  "keydown",
  (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const cell = cellOf(event.target);
    if (!cell || cell.querySelector("fieldset").disabled) return;
    const typing = event.target.matches("textarea, input:not([type=radio])");
    if (typing && event.key !== "Escape") return;
    if (/^[0-5]$/.test(event.key)) rate(cell, event.key === "0" ? "abstain" : event.key);
    else if (event.key.toLowerCase() === "n") cell.querySelector("textarea").focus();
    else if (typing) rating(cell).focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);

/* Choosing to abstain asks for the reason, which is what makes it count */
sheet?.addEventListener("change", (event) => {
  if (event.target.value === "abstain" && event.target.checked) reason(event.target.closest("[data-cell]"));
});

/* A cell still on its way must not arrive after the whole sheet and put its older text back: the sheet waits */
const form = document.getElementById("sheet");
const WAIT = 5000;
let under = 0;

async function quiet() {
  const end = Date.now() + WAIT;
  while (under > 0 && Date.now() < end) await new Promise((after) => setTimeout(after, 30));
}

/* The pressed button may have been swapped for a newer one in the meantime */
const same = (button) =>
  [...form.elements].find((el) => el.name === button.name && el.value === button.value && el.formAction === button.formAction);

sheet?.addEventListener("htmx:beforeRequest", () => (under += 1));
sheet?.addEventListener("htmx:afterRequest", () => (under -= 1));
document.addEventListener(
  "submit",
  (event) => {
    if (event.target !== form || under <= 0) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { submitter } = event;
    submitter?.setAttribute("aria-busy", "true");
    quiet().then(() => {
      under = 0;
      form.requestSubmit(submitter ? same(submitter) : null);
    });
  },
  true,
);
