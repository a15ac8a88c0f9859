/* A region that scrolls sideways can be reached by keyboard only while it overflows. */

const watched = new WeakSet();

const judge = (el) => {
  if (el.scrollWidth > el.clientWidth) el.tabIndex = 0;
  else el.removeAttribute("tabindex");
};

const observer = new ResizeObserver((entries) => entries.forEach((entry) => judge(entry.target.closest(".scroll"))));

function watch() {
  for (const el of document.querySelectorAll(".scroll")) {
    if (watched.has(el)) continue;
    watched.add(el);
    observer.observe(el);
    if (el.firstElementChild) observer.observe(el.firstElementChild);
    judge(el);
  }
}

watch();
document.addEventListener("htmx:afterSettle", watch);

/* A long rail scrolls by itself: the page one is on stays in sight */
const rail = document.querySelector(".rail > div");
const here = rail?.querySelector("[aria-current=page]");
if (here && rail.scrollHeight > rail.clientHeight) {
  const below = here.getBoundingClientRect().bottom - rail.getBoundingClientRect().bottom;
  if (below > 0) rail.scrollTop = below + rail.clientHeight / 3;
}
