/* The trend of the dashboard, drawn by Plotly from the figure that the page carries.

   The still chart below it is the server's: it stays for print, without script, and when Plotly
   does not load. Colours come as names of our tokens and are read from the page, so that light,
   dark and the reader's own choice hold; a change of scheme draws again. */

const box = document.querySelector("[data-trend]");
const given = document.getElementById("trend-figure");
const NARROW = 520; // pixels: below this the words of the targets stand over their lines

const config = { displayModeBar: false, displaylogo: false, responsive: true, showTips: false, doubleClick: false };

function reader() {
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const known = new Map();
  const colour = (token) => {
    if (!known.has(token)) {
      probe.style.color = `var(${token})`;
      known.set(token, getComputedStyle(probe).color);
    }
    return known.get(token);
  };
  return { colour, done: () => probe.remove() };
}

function painted(value, colour) {
  if (typeof value === "string") return value.startsWith("--") ? colour(value) : value;
  if (Array.isArray(value)) return value.map((one) => painted(one, colour));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, painted(one, colour)]));
}

function fitted(layout, width) {
  if (width >= NARROW) return layout;
  const annotations = layout.annotations.map((one) =>
    one.name === "target" ? { ...one, xanchor: "right", xshift: 0, yanchor: "bottom" } : one,
  );
  const xaxis = { ...layout.xaxis, dtick: 2 };
  return { ...layout, annotations, xaxis, margin: { ...layout.margin, r: 8 }, height: 260 };
}

let narrow = false;

async function draw() {
  const { colour, done } = reader();
  const figure = painted(JSON.parse(given.textContent), colour);
  done();
  const layout = fitted(figure.layout, box.clientWidth);
  narrow = box.clientWidth < NARROW;
  layout.font.family = getComputedStyle(document.body).fontFamily;
  await window.Plotly.react(box, figure.data, layout, config);
}

async function start() {
  box.hidden = false;
  try {
    await draw();
  } catch (error) {
    box.hidden = true; // the still chart says the same
    throw error;
  }
  box.closest(".trend").classList.add("is-drawn");
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new ResizeObserver(() => {
    if (box.clientWidth && box.clientWidth < NARROW !== narrow) draw();
  }).observe(box);
}

if (box && given && window.Plotly) start();
