// <input data-filter="#list"> narrows `#list > [data-text]` while typing, accents or not.
// Enter clicks [data-first] of the first item left and empties the box; the right arrow at the end of the
// words clicks its [data-more]. The box is hidden until this script shows it.
import { contains } from "./fold.js";

const itemsOf = (input) => [...document.querySelectorAll(`${input.dataset.filter} > [data-text]`)];
const countOf = (input) => input.closest("[data-filter-box]")?.querySelector(".filter-count");

function apply(input) {
  const query = input.value.trim();
  let first = null;
  let shown = 0;
  const items = itemsOf(input);
  for (const item of items) {
    item.hidden = !contains(item.dataset.text, query);
    delete item.dataset.active;
    if (item.hidden) continue;
    first ??= item;
    shown += 1;
  }
  if (query && first) first.dataset.active = "";
  const count = countOf(input);
  if (!count) return;
  const words = shown || !query ? count.dataset.words : count.dataset.none;
  count.textContent = query ? words.replace("{n}", shown).replace("{total}", items.length) : "";
}

function applyAll() {
  for (const input of document.querySelectorAll("[data-filter]")) {
    const box = input.closest("[data-filter-box]");
    if (box) box.hidden = false;
    apply(input);
  }
}

/** The control of the item that Enter or the arrow acts on: the first one left, if anything was typed. */
function control(input, selector) {
  apply(input);
  return input.value.trim() ? itemsOf(input).find((item) => !item.hidden)?.querySelector(selector) : null;
}

function onKey(event) {
  const input = event.target;
  if (!input.matches?.("[data-filter]") || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  const atEnd = input.selectionStart === input.value.length && input.selectionEnd === input.value.length;
  if (event.key === "Enter") {
    event.preventDefault();
    const first = control(input, "[data-first]");
    if (!first) return;
    first.click();
    input.value = "";
    apply(input);
  } else if (event.key === "ArrowRight" && atEnd) {
    const more = control(input, "[data-more]");
    if (!more) return;
    event.preventDefault();
    more.click();
  }
}

document.addEventListener("input", (event) => {
  if (event.target.matches?.("[data-filter]")) apply(event.target);
});
document.addEventListener("keydown", onKey);
document.addEventListener("collector:swapped", applyAll);
applyAll();
