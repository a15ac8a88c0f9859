/* The live sum of the weights; the server refuses anything but 100 all the same. */

const form = document.querySelector("[data-weights]");
const sum = form?.querySelector("[data-sum]");
const said = form?.querySelector("[data-sum-said]");

function add() {
  let total = 0;
  for (const field of form.querySelectorAll(".wt-in")) total += Number.parseInt(field.value, 10) || 0;
  sum.textContent = total;
  sum.classList.toggle("is-off", total !== 100);
  const off = Math.abs(100 - total);
  said.textContent = total === 100 ? "100 %, as it has to be" : total < 100 ? `${off} to add` : `${off} too much`;
}

if (form && sum) {
  form.addEventListener("input", add);
  add();
}
