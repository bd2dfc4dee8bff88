// Small helps on every page: the "Show" button of passwords, and the sticky bars never covering what Tab reaches.
// It must not touch what people type.

let tabbed = false;

/** Reveal or hide the password that a button names; the button keeps its word, its state says the rest. */
function togglePassword(button) {
  const input = document.getElementById(button.dataset.showPassword);
  const shown = input.type === "text";
  input.type = shown ? "password" : "text";
  input.dataset.noDraft = ""; // a password that is shown is still one
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

/** Browsers bring only the caret of a text area into view; bring all of it, clear of the bars. */
function uncover(element) {
  if (element.getBoundingClientRect().height < innerHeight / 2) element.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => { tabbed = event.key === "Tab"; }, { capture: true, passive: true });
document.addEventListener("pointerdown", () => { tabbed = false; }, { capture: true, passive: true });
document.addEventListener("focusin", (event) => { if (tabbed) uncover(event.target); });
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
