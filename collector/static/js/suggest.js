// <input data-suggest="URL" data-suggest-target="#hidden">: a combobox (ARIA 1.2, listbox below). The list comes
// from URL?q=words as JSON [{"value", "label", "hint"}]. The typed words change only when somebody picks; the
// hidden input then holds the value, and is emptied when the words are changed again.

const PAUSE_MS = 200;
const lists = new WeakMap(); // input -> {box, abort, timer, active}
let made = 0;

function attach(input) {
  if (lists.has(input)) return;
  made += 1;
  const box = document.createElement("ul");
  box.id = `suggestions-${made}`;
  box.hidden = true;
  box.setAttribute("role", "listbox");
  box.setAttribute("aria-label", input.labels?.[0]?.textContent.trim() ?? input.name);
  input.after(box);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", box.id);
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("autocomplete", "off");
  lists.set(input, { box, abort: null, timer: 0, active: -1 });
  box.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
  box.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) pick(input, option);
  });
}

function close(input) {
  const list = lists.get(input);
  clearTimeout(list.timer);
  list.abort?.abort();
  list.box.hidden = true;
  list.active = -1;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

function setTarget(input, value) {
  const target = input.dataset.suggestTarget && document.querySelector(input.dataset.suggestTarget);
  if (!target || target.value === value) return;
  target.value = value;
  target.dispatchEvent(new Event("input", { bubbles: true }));
}

function pick(input, option) {
  input.value = option.dataset.label;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  setTarget(input, option.dataset.value);
  close(input);
}

function showItems(input, items) {
  const { box } = lists.get(input);
  box.replaceChildren(...items.map((item, place) => {
    const option = document.createElement("li");
    option.id = `${box.id}-${place}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.dataset.value = item.value;
    option.dataset.label = item.label;
    option.textContent = item.label;
    if (item.hint) option.append(Object.assign(document.createElement("small"), { textContent: item.hint }));
    return option;
  }));
  lists.get(input).active = -1;
  input.removeAttribute("aria-activedescendant");
  box.hidden = !items.length;
  input.setAttribute("aria-expanded", String(items.length > 0));
  if (items.length) box.scrollIntoView({ block: "nearest" });
}

async function load(input) {
  const list = lists.get(input);
  list.abort?.abort();
  list.abort = new AbortController();
  const url = new URL(input.dataset.suggest, location.href);
  url.searchParams.set("q", input.value.trim());
  try {
    const response = await fetch(url, { headers: { Accept: "application/json", "X-Requested-With": "fetch" }, signal: list.abort.signal });
    if (response.ok && document.activeElement === input) showItems(input, await response.json());
  } catch {
    if (!list.abort.signal.aborted) close(input); // no suggestions; the words can be sent as they are
  }
}

function move(input, step) {
  const list = lists.get(input);
  const options = [...list.box.children];
  list.active = (list.active + step + options.length + (list.active < 0 && step < 0 ? 1 : 0)) % options.length;
  options.forEach((option, place) => option.setAttribute("aria-selected", String(place === list.active)));
  input.setAttribute("aria-activedescendant", options[list.active].id);
  options[list.active].scrollIntoView({ block: "nearest" });
}

function onKey(event) {
  const input = event.target;
  const list = input.matches?.("[data-suggest]") && lists.get(input);
  if (!list || list.box.hidden || event.isComposing) return;
  if (event.key === "ArrowDown") move(input, 1);
  else if (event.key === "ArrowUp") move(input, -1);
  else if (event.key === "Escape") close(input);
  else if (event.key === "Enter" && list.active >= 0) pick(input, list.box.children[list.active]);
  else return;
  event.preventDefault();
}

function attachAll() {
  for (const input of document.querySelectorAll("[data-suggest]")) attach(input);
}

document.addEventListener("input", (event) => {
  const input = event.target;
  const list = input.matches?.("[data-suggest]") && lists.get(input);
  if (!list || !event.isTrusted) return;
  setTarget(input, "");
  clearTimeout(list.timer);
  if (input.value.trim()) list.timer = setTimeout(load, PAUSE_MS, input);
  else close(input);
});
document.addEventListener("focusout", (event) => {
  if (lists.has(event.target)) close(event.target);
});
document.addEventListener("keydown", onKey);
document.addEventListener("collector:swapped", attachAll);
attachAll();
