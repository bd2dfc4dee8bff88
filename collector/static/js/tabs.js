// Below 1200 px the links of `[data-tabs] > .tabs` become tabs of the panels that they point to; from 1200 px on all
// panels stand side by side. Without this script they are links on one long page.
// data-tabs="always" keeps tabs at every width.

const wide = matchMedia("(min-width: 1200px)");

const linksOf = (group) => [...group.querySelectorAll(":scope > .tabs a[href^='#']")];
const panelOf = (link) => document.getElementById(link.hash.slice(1));
const isTabbed = (group) => group.dataset.tabs === "always" || !wide.matches;
const memory = (group) => `tabs ${location.pathname} ${linksOf(group)[0]?.hash}`;

function remember(group, hash) {
  try { sessionStorage.setItem(memory(group), hash); } catch { /* private windows may refuse */ }
}

function remembered(group) {
  try { return sessionStorage.getItem(memory(group)); } catch { return null; }
}

function select(group, chosen, focus = false) {
  for (const link of linksOf(group)) {
    const isChosen = link === chosen;
    link.setAttribute("aria-selected", String(isChosen));
    link.tabIndex = isChosen ? 0 : -1;
    const panel = panelOf(link);
    if (panel) panel.hidden = !isChosen;
  }
  remember(group, chosen.hash);
  if (focus) chosen.focus();
}

function dress(group) {
  const links = linksOf(group);
  group.querySelector(":scope > .tabs").setAttribute("role", "tablist");
  links.forEach((link, place) => {
    link.id ||= `tab-${link.hash.slice(1)}`;
    link.parentElement.setAttribute("role", "presentation");
    link.setAttribute("role", "tab");
    link.setAttribute("aria-controls", link.hash.slice(1));
    const panel = panelOf(link);
    panel?.setAttribute("role", "tabpanel");
    if (panel && !panel.hasAttribute("aria-labelledby")) panel.setAttribute("aria-labelledby", link.id);
    if (place === 0) panel?.parentElement.setAttribute("data-tabbed", "");
  });
  const hashes = [location.hash, remembered(group)];
  const isKept = links.find((link) => link.getAttribute("aria-selected") === "true");
  select(group, isKept ?? links.find((link) => hashes.includes(link.hash)) ?? links[0]);
}

function undress(group) {
  group.querySelector(":scope > .tabs").removeAttribute("role");
  for (const link of linksOf(group)) {
    link.parentElement.removeAttribute("role");
    for (const name of ["role", "aria-controls", "aria-selected", "tabindex"]) link.removeAttribute(name);
    const panel = panelOf(link);
    if (!panel) continue;
    panel.hidden = false;
    panel.removeAttribute("role");
  }
}

function dressAll() {
  for (const group of document.querySelectorAll("[data-tabs]")) {
    if (!linksOf(group).length) continue;
    if (isTabbed(group)) dress(group);
    else undress(group);
  }
}

/** Show the panel that holds `element`. */
function reveal(element) {
  for (const group of document.querySelectorAll("[data-tabs]")) {
    const link = linksOf(group).find((candidate) => panelOf(candidate)?.contains(element));
    if (link && isTabbed(group)) select(group, link);
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href^='#']");
  if (!link || link.hash.length < 2) return;
  if (link.getAttribute("role") === "tab") {
    event.preventDefault();
    select(link.closest("[data-tabs]"), link, true);
    return;
  }
  const target = document.getElementById(link.hash.slice(1));
  if (target) reveal(target); // the browser then goes to it
});
document.addEventListener("keydown", (event) => {
  const group = event.target.getAttribute?.("role") === "tab" && event.target.closest("[data-tabs]");
  if (!group) return;
  const links = linksOf(group);
  const place = links.indexOf(event.target);
  const next = { ArrowRight: place + 1, ArrowLeft: place - 1 + links.length, Home: 0, End: links.length - 1 }[event.key];
  if (event.key === " ") select(group, event.target, true);
  else if (next !== undefined) select(group, links[next % links.length], true);
  else return;
  event.preventDefault();
});
document.addEventListener("collector:reveal", (event) => reveal(event.target));
document.addEventListener("collector:swapped", dressAll);
window.addEventListener("hashchange", () => {
  const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (target) reveal(target);
});
wide.addEventListener("change", dressAll);
dressAll();
