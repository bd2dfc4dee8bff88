// Small helps on every page: shows the "Show" button of passwords and tells the style sheet how high
// the sticky bars are, so that focus is never covered. It must not touch what people type.

/** Reveal or hide the password that a button names; the button keeps its word, its state says the rest. */
function togglePassword(button) {
  const input = document.getElementById(button.dataset.showPassword);
  const shown = input.type === "text";
  input.type = shown ? "password" : "text";
  button.setAttribute("aria-pressed", String(!shown));
}

function unhidePasswordButtons() {
  for (const button of document.querySelectorAll("[data-show-password]")) button.hidden = false;
}

/** Write the heights of the sticky bars into custom properties that scroll-padding uses. */
function measureBars() {
  const height = (selector) => document.querySelector(selector)?.getBoundingClientRect().height ?? 0;
  const root = document.documentElement.style;
  root.setProperty("--state-height", `${Math.ceil(height(".state"))}px`);
  root.setProperty("--actions-height", `${Math.ceil(height(".sticky-actions"))}px`);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-show-password]");
  if (button) togglePassword(button);
});
document.addEventListener("collector:swapped", () => {
  unhidePasswordButtons();
  measureBars();
});
new ResizeObserver(measureBars).observe(document.querySelector(".state"));
unhidePasswordButtons();
measureBars();
