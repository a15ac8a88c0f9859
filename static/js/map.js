/* The process map as something to take hold of: drag a step to its place, its dot to the step that
   follows; the same with keys. The server draws; without this module forms do it all. */

const root = () => document.querySelector("[data-map]");
const steps = () => [...root().querySelectorAll("a[data-step]")];
const keysOn = () => document.documentElement.dataset.keys !== "off";
const SVG = "http://www.w3.org/2000/svg";
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

let from = null; // the key of the step an arrow is drawn from
let back = null; // the key of the step that has the focus after the next drawing

function box(el) {
  const { x, y, width, height } = el.querySelector(".sw-box").getBBox();
  return { x: x + width / 2, y: y + height / 2, left: x, right: x + width };
}

/* The lanes as they are drawn, each with its steps from left to right */
function lanes() {
  return [...root().querySelectorAll("[data-row]")].map((el) => {
    const { y, height } = el.querySelector("path").getBBox();
    const within = steps().filter((step) => box(step).y > y && box(step).y < y + height);
    return { key: el.dataset.row, top: y, end: y + height, steps: within.sort((a, b) => box(a).x - box(b).x) };
  });
}

function send(url, values, focus) {
  back = focus;
  window.htmx.ajax("POST", url, { source: root(), target: "#map-drawn", swap: "outerHTML", values });
}

function place(step, lane, before) {
  const url = root().dataset.place.replace("/0/", `/${step.dataset.step}/`);
  send(url, { lane: lane.key, before: before?.dataset.step ?? "" }, step.dataset.step);
}

/* The step of `lane` before which something dropped at `x` goes; none: at its end */
const following = (lane, x, moved) => lane.steps.find((one) => one !== moved && box(one).x > x);

function connect(source, target) {
  if (source !== target) send(root().dataset.connect, { source, target, act: "turn" }, source);
}

function say(text) {
  const el = root().querySelector("[data-map-state]");
  if (el) el.textContent = text;
}

function begin(step) {
  from = step.dataset.step;
  step.classList.add("sw-from");
  say("Walk to the step that follows and press Enter; Escape ends it.");
}

function end() {
  from = null;
  root()?.querySelectorAll(".sw-from").forEach((el) => el.classList.remove("sw-from"));
  say("");
}

/* ---- keys ---- */

function nearest(step, dx, dy) {
  const at = box(step);
  const ahead = steps()
    .filter((one) => one !== step)
    .map((one) => ({ one, x: box(one).x - at.x, y: box(one).y - at.y }))
    .filter(({ x, y }) => (dx ? x * dx > 0 && Math.abs(y) < 60 : y * dy > 0));
  ahead.sort((a, b) => Math.hypot(a.x, a.y) - Math.hypot(b.x, b.y));
  return ahead[0]?.one;
}

function shift(step, dx, dy) {
  const all = lanes();
  const row = all.findIndex((lane) => lane.steps.includes(step));
  if (dy) {
    const lane = all[row + dy];
    if (lane) place(step, lane, following(lane, box(step).x, step));
    return;
  }
  const { steps: line } = all[row];
  const at = line.indexOf(step);
  if (dx < 0 && at > 0) place(step, all[row], line[at - 1]);
  if (dx > 0 && at < line.length - 1) place(step, all[row], line[at + 2]);
}

document.addEventListener("keydown", (event) => {
  const step = event.target.closest?.("[data-map] a[data-step]");
  if (event.key === "Escape" && from) {
    end();
    return;
  }
  if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
  const way = STEPS[event.key];
  if (way && event.shiftKey) shift(step, ...way);
  else if (way) nearest(step, ...way)?.focus();
  else if (event.key === "Enter" && from) connect(from, step.dataset.step);
  else if (event.key.toLowerCase() === "c" && keysOn()) begin(step);
  else return;
  event.preventDefault();
});

/* ---- pointer ---- */

let held = null;

function inside(svg, event) {
  const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  return { x: point.x, y: point.y };
}

function mark(svg, kind) {
  const el = document.createElementNS(SVG, "path");
  el.setAttribute("class", kind);
  svg.append(el);
  return el;
}

document.addEventListener("pointerdown", (event) => {
  const step = event.target.closest?.("[data-map] a[data-step]");
  if (!step || event.button !== 0) return;
  const svg = step.closest("svg");
  held = { step, svg, at: inside(svg, event), arrow: event.target.matches(".sw-handle"), moving: false };
});

document.addEventListener("pointermove", (event) => {
  if (!held) return;
  const now = inside(held.svg, event);
  if (!held.moving) {
    if (Math.hypot(now.x - held.at.x, now.y - held.at.y) < 6) return;
    held.moving = true;
    held.line = mark(held.svg, held.arrow ? "sw-ar sw-drag" : "sw-drop");
    held.svg.classList.add("sw-dragging");
  }
  event.preventDefault();
  if (held.arrow) {
    const { right, y } = box(held.step);
    held.line.setAttribute("d", `M${right} ${y}L${now.x} ${now.y}`);
    return;
  }
  held.step.setAttribute("transform", `translate(${now.x - held.at.x} ${now.y - held.at.y})`);
  const lane = lanes().find((one) => now.y >= one.top && now.y < one.end);
  held.lane = lane;
  held.before = lane && following(lane, now.x, held.step);
  if (!lane) return;
  const others = lane.steps.filter((one) => one !== held.step);
  const last = others.at(-1);
  const x = held.before ? box(held.before).left - 10 : last ? box(last).right + 10 : now.x;
  held.line.setAttribute("d", `M${x} ${lane.top + 8}V${lane.end - 8}`);
});

function drop(event) {
  const { step, svg, arrow, moving, line, lane, before } = held;
  held = null;
  if (!moving) return;
  line.remove();
  svg.classList.remove("sw-dragging");
  step.removeAttribute("transform");
  if (!arrow) {
    if (lane) place(step, lane, before);
    return;
  }
  const target = document.elementFromPoint(event.clientX, event.clientY)?.closest("a[data-step]");
  if (target && target !== step) connect(step.dataset.step, target.dataset.step);
}

document.addEventListener("pointerup", (event) => {
  if (!held) return;
  if (held.moving) {
    /* a drag is no press on the link below */
    const stop = (click) => click.preventDefault();
    document.addEventListener("click", stop, { capture: true, once: true });
    setTimeout(() => document.removeEventListener("click", stop, { capture: true }), 50);
  }
  drop(event);
});

document.addEventListener("pointercancel", () => {
  held?.line?.remove();
  held?.step.removeAttribute("transform");
  held?.svg.classList.remove("sw-dragging");
  held = null;
});

document.addEventListener("dragstart", (event) => {
  if (event.target.closest?.("a[data-step]")) event.preventDefault();
});

/* ---- after each drawing ---- */

function ready() {
  const help = root()?.querySelector("[data-map-help]");
  if (help) help.hidden = false;
}

document.addEventListener("htmx:afterSettle", () => {
  ready();
  from = null;
  if (!back) return;
  root()?.querySelector(`a[data-step="${back}"]`)?.focus();
  back = null;
});

ready();
