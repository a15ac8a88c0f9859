/* The jump box: arrows walk the results, Escape leaves. */

const box = document.getElementById("jump-q");
const results = document.getElementById("jump");

if (box && results) {
  box.form.addEventListener("keydown", (event) => {
    const links = [...results.querySelectorAll("a")];
    const here = links.indexOf(document.activeElement);
    if (event.key === "Escape") {
      box.value = "";
      results.replaceChildren();
      document.activeElement.blur();
    } else if (event.key === "ArrowDown" && links.length) {
      event.preventDefault();
      links[Math.min(here + 1, links.length - 1)].focus();
    } else if (event.key === "ArrowUp" && here >= 0) {
      event.preventDefault();
      (here ? links[here - 1] : box).focus();
    }
  });
}
