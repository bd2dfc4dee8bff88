// Sending without leaving the page: <form data-swap="#a, #b"> and <a data-swap="#a"> are fetched, and the named
// elements of the answer take the place of their namesakes here. Focus, caret, scrolling and words typed
// elsewhere stay. What could not be sent stays too, with a button to try again. Without this script the same
// forms and links work as usual.
import { isLoggedOut, logInAgain, renewToken, token } from "./login.js";
import { clock, report, settle } from "./state.js";

const PATIENCE_MS = 15000;
const TEXT = "textarea, input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=hidden], [type=file])";

const queue = []; // jobs in the order of asking; the first one is being sent
let running = false;
let composing = null; // resolves when the input method has finished its letters

// ---- asking

function makeJob(element, submitter) {
  const askedFrom = document.activeElement;
  if (element.tagName === "A") {
    return { element, askedFrom, swap: element.dataset.swap, url: element.href, method: "GET", button: "" };
  }
  const data = new FormData(element);
  if (submitter?.name) data.append(submitter.name, submitter.value);
  const method = (submitter?.getAttribute("formmethod") || element.getAttribute("method") || "get").toUpperCase();
  const action = submitter?.getAttribute("formaction") || element.getAttribute("action") || location.href;
  const url = new URL(action, location.href);
  if (method === "GET") url.search = new URLSearchParams(data);
  return {
    element, askedFrom, data, method, url: url.href, swap: submitter?.dataset.swap || element.dataset.swap,
    button: `${submitter?.name ?? ""}=${submitter?.value ?? ""}`,
    typed: new Map([...element.querySelectorAll(TEXT)].map((control) => [address(control), control.value])),
  };
}

/** Queue a job. The same button pressed twice counts once; pressed again after a failure it sends the newer words. */
function ask(job) {
  const twin = queue.findIndex((other) => other.element === job.element && other.button === job.button);
  if (running && twin === 0) return;
  if (twin >= 0) queue[twin] = job;
  else queue.push(job);
  run();
}

async function run() {
  if (running) return;
  running = true;
  while (queue.length) {
    const outcome = await send(queue[0]);
    if (outcome !== "sent") {
      running = false;
      announceFailure(outcome);
      return;
    }
    queue.shift();
  }
  running = false;
}

function announceFailure(outcome) {
  queue[0].element.dispatchEvent(new CustomEvent("collector:not-sent", { bubbles: true }));
  if (outcome !== "loggedOut") {
    report("swap", outcome === "notSent" ? "notSent" : "words", { text: outcome, tone: "late", retry: run });
    return;
  }
  const again = async () => { if (await logInAgain()) run(); };
  report("swap", "loggedOut", { time: clock(new Date()), retry: again });
  again();
}

// ---- sending

async function request(job) {
  const headers = { "X-Requested-With": "fetch" };
  const abort = AbortSignal.timeout?.(PATIENCE_MS);
  if (job.method === "GET") return fetch(job.url, { headers, signal: abort });
  if (job.data.has("csrf_token")) job.data.set("csrf_token", token());
  const multipart = job.element.enctype === "multipart/form-data";
  const body = multipart ? job.data : new URLSearchParams(job.data);
  return fetch(job.url, { method: "POST", headers, body, signal: abort });
}

/** Send one job and show the answer. Resolves to "sent", "loggedOut", "notSent" or a sentence to show. */
async function send(job) {
  const waits = [];
  const detail = { waitFor: (promise) => waits.push(promise) };
  job.element.dispatchEvent(new CustomEvent("collector:submitting", { bubbles: true, detail }));
  job.element.setAttribute("aria-busy", "true");
  try {
    await Promise.allSettled(waits);
    let response = await request(job);
    if (response.status === 400 && job.method === "POST" && !job.renewed) {
      const page = parse(await response.clone().text());
      if (!findIn(page, job.swap) && (job.renewed = await renewToken())) response = await request(job);
    }
    if (isLoggedOut(response)) return "loggedOut";
    const page = parse(await response.text());
    if (!findIn(page, job.swap)) return leaveOrExplain(job, response, page);
    await show(job, page, response);
    return "sent";
  } catch (error) {
    if (!["TypeError", "TimeoutError", "AbortError"].includes(error.name)) console.error(error);
    return "notSent";
  } finally {
    job.element.removeAttribute("aria-busy");
  }
}

const parse = (html) => new DOMParser().parseFromString(html, "text/html");
const findIn = (page, selectors) => (selectors ? page.querySelector(selectors) : null);

/** The answer is another page: go there; an error page: say its first words here and keep everything. */
function leaveOrExplain(job, response, page) {
  if (!response.ok) return response.status >= 500 ? "notSent" : page.querySelector("h1")?.textContent.trim() || "notSent";
  location.assign(response.url);
  return "sent";
}

// ---- showing

async function show(job, page, response) {
  await composing?.done;
  const focus = rememberFocus();
  const scrolls = rememberScrolls();
  const selectors = job.swap.split(",").map((selector) => selector.trim());
  const good = takeGoodNotice(page);
  if (job.method === "POST") selectors.push("#notices");
  for (const selector of selectors) {
    const fresh = page.querySelector(selector);
    const old = document.querySelector(selector);
    if (fresh && old) replace(old, document.importNode(fresh, true), job);
  }
  if (job.method === "GET") history.replaceState(history.state, "", response.url);
  restoreScrolls(scrolls);
  document.dispatchEvent(new CustomEvent("collector:swapped", { detail: { selectors } }));
  restoreFocus(focus, job, selectors);
  announce(job, response, good);
}

/** Good news goes to the state line, which is in sight; a notice on top would push the page down. */
function takeGoodNotice(page) {
  const notices = [...page.querySelectorAll("#notices .notice-ok, #notices .notice-message")];
  notices.forEach((notice) => notice.remove());
  return notices.map((notice) => notice.textContent.trim()).join(" ");
}

/** What tells a control from its siblings: its id, or its form and name (and value for a button). */
function address(control) {
  if (control.id) return `#${CSS.escape(control.id)}`;
  if (!control.name) return "";
  const form = control.form?.id ? `#${CSS.escape(control.form.id)} ` : "";
  const value = control.matches("button, [type=radio], [type=checkbox]") ? `[value="${CSS.escape(control.value)}"]` : "";
  return `${form}[name="${CSS.escape(control.name)}"]${value}`;
}

/** Put `fresh` in the place of `old`, but never take away a text field in use that was not just sent. */
function replace(old, fresh, job) {
  const inUse = document.activeElement;
  const isTyping = inUse?.matches(TEXT) && old.contains(inUse) && inUse.form !== job.element;
  if (!isTyping) {
    keepWords(old, fresh, job);
    old.replaceWith(fresh);
    return;
  }
  for (const part of old.querySelectorAll("[id]")) {
    const namesake = part.contains(inUse) ? null : fresh.querySelector(`#${CSS.escape(part.id)}`);
    if (namesake && part.isConnected && old.contains(part)) replace(part, namesake, job);
  }
}

/** Carry words that were typed but not sent from the old elements to the new ones. */
function keepWords(old, fresh, job) {
  for (const control of old.querySelectorAll(TEXT)) {
    const where = address(control);
    const namesake = where && fresh.querySelector(where);
    if (!namesake) continue;
    if (control.form !== job.element) {
      if (control.value !== control.defaultValue) namesake.value = control.value;
      continue;
    }
    const sent = job.typed?.get(where) ?? control.value;
    if (control.value === sent) continue; // nothing was typed while the answer was on its way
    const isCleared = namesake.value !== sent && control.value.startsWith(sent);
    namesake.value = isCleared ? control.value.slice(sent.length) : control.value;
  }
}

function rememberFocus() {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const caret = element.matches(TEXT) ? [element.selectionStart, element.selectionEnd, element.value.length] : null;
  return { element, where: address(element), caret };
}

function restoreFocus(focus, job, selectors) {
  const summary = document.querySelector(selectors.map((selector) => `${selector} .error-summary`).join(", "));
  if (summary) {
    summary.focus();
    summary.scrollIntoView({ block: "nearest" });
    return;
  }
  const wanted = job.element.dataset.swapFocus && document.querySelector(job.element.dataset.swapFocus);
  const movedOn = focus && focus.element !== job.askedFrom && focus.element.matches(TEXT);
  if (wanted && !movedOn) {
    wanted.focus({ preventScroll: false });
    return;
  }
  if (!focus || focus.element.isConnected) return;
  const namesake = focus.where && document.querySelector(focus.where);
  if (!namesake) return;
  namesake.focus({ preventScroll: true });
  if (focus.caret && namesake.setSelectionRange && namesake.value) {
    const shift = namesake.value.length - focus.caret[2];
    const [from, to] = [focus.caret[0] + shift, focus.caret[1] + shift].map((place) => Math.max(0, place));
    try { namesake.setSelectionRange(from, to); } catch { /* number and date fields have no caret to set */ }
  }
}

function rememberScrolls() {
  const inside = [...document.querySelectorAll("main [id]")].filter((element) => element.scrollTop > 0);
  return { top: window.scrollY, inside: inside.map((element) => [element.id, element.scrollTop]) };
}

function restoreScrolls({ top, inside }) {
  for (const [id, scrolled] of inside) {
    const element = document.getElementById(id);
    if (element) element.scrollTop = scrolled;
  }
  if (window.scrollY !== top) window.scrollTo({ top, behavior: "instant" });
}

function announce(job, response, good) {
  const isAlert = document.querySelector(".error-summary, #notices .notice"); // says itself what went wrong
  if (job.method === "GET") settle("swap");
  else if (good || isAlert) report("swap", "words", { text: good });
  else report("swap", "saved", { time: clock(new Date(response.headers.get("Date") ?? Date.now())) });
}

// ---- listening

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || (form.dataset.swap === undefined && !event.submitter?.dataset.swap)) return;
  event.preventDefault();
  ask(makeJob(form, event.submitter));
});
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-swap]");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  ask(makeJob(link));
});
document.addEventListener("keydown", (event) => {
  const isSubmit = event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing;
  if (!isSubmit || event.target.tagName !== "TEXTAREA" || !event.target.form?.dataset.swap) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});
document.addEventListener("compositionstart", () => {
  let finish;
  composing = { done: new Promise((resolve) => { finish = resolve; }) };
  composing.finish = finish;
});
document.addEventListener("compositionend", () => {
  composing?.finish();
  composing = null;
});
window.addEventListener("beforeunload", (event) => {
  if (queue.some((job) => job.method === "POST")) event.preventDefault();
});
