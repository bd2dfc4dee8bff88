// Esc opens a numbered menu of the places marked data-jump="1" … "9" on this page; a digit goes there; Esc again
// goes back. For hands that stay on the keyboard. Letters are never shortcuts: input methods need them.

const dialog = document.getElementById("jump-menu");
const list = dialog?.querySelector(".jump-list");
const FIELD = "input:not([type=hidden]):not([disabled]), textarea, select, button:not([disabled]), a[href]";

const targets = () => [...document.querySelectorAll("[data-jump]")]
  .filter((target) => /^[1-9]$/.test(target.dataset.jump))
  .sort((one, other) => one.dataset.jump - other.dataset.jump);

function nameOf(target) {
  const title = document.getElementById(target.getAttribute("aria-labelledby"));
  return target.dataset.jumpLabel || target.getAttribute("aria-label") || (title ?? target).textContent.trim();
}

function open() {
  list.replaceChildren(...targets().map((target) => {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button" });
    button.dataset.digit = target.dataset.jump;
    const key = Object.assign(document.createElement("kbd"), { textContent: target.dataset.jump });
    button.append(key, nameOf(target));
    const item = document.createElement("li");
    item.append(button);
    return item;
  }));
  dialog.showModal();
}

/** What gets the focus for a target: itself, or the first field inside it (for a summary: inside its details). */
function fieldOf(target) {
  if (target.matches("summary")) return target.parentElement.querySelector(FIELD);
  return target.matches(`${FIELD}, [tabindex]`) ? target : target.querySelector(FIELD);
}

/** Close the menu and go to a target, opening what hides it. */
function go(digit) {
  const target = targets().find((candidate) => candidate.dataset.jump === digit);
  if (!target) return;
  dialog.close();
  target.dispatchEvent(new CustomEvent("collector:reveal", { bubbles: true }));
  for (let part = target; part; part = part.parentElement) if (part.matches("details")) part.open = true;
  const field = fieldOf(target);
  if (!field) target.tabIndex = -1;
  (field ?? target).focus();
}

if (dialog) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing || event.defaultPrevented) return;
    if (document.querySelector("dialog[open]") || !targets().length) return;
    event.preventDefault();
    open();
  });
  for (const button of document.querySelectorAll("[data-open-jump]")) button.hidden = false;
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-open-jump]") && targets().length) open();
  });
  dialog.addEventListener("keydown", (event) => {
    if (!/^[1-9]$/.test(event.key) || event.isComposing) return;
    event.preventDefault();
    go(event.key);
  });
  dialog.addEventListener("click", (event) => {
    const button = event.target.closest("[data-digit]");
    if (button) go(button.dataset.digit);
  });
}
