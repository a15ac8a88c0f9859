/* A toast leaves after ten seconds, waits while it is pointed at or holds the focus, never takes it. */

const STAYS = 10_000;
const stack = document.getElementById("toasts");

function leave(toast) {
  if (!toast.isConnected) return;
  if (toast.matches(":hover, :focus-within")) setTimeout(() => leave(toast), 2_000);
  else toast.remove();
}

const begin = (toast) => setTimeout(() => leave(toast), STAYS);

stack?.querySelectorAll("[data-leaves]").forEach(begin);

/* The server may send one with a fragment: HX-Trigger: {"toast": {"text": "Merged 3 records"}} */
document.addEventListener("toast", (event) => {
  const text = event.detail?.text ?? event.detail?.value;
  if (!stack || !text) return;
  const toast = document.createElement("div");
  toast.className = "toast toast-success";
  const said = document.createElement("span");
  said.textContent = text;
  toast.append(said);
  stack.replaceChildren(toast);
  begin(toast);
});
