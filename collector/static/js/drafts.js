// Drafts: what is typed into <form data-draft="KEY"> goes to the village computer within seconds, as
//   POST data-drafts-url  {"form": KEY, "fields": {name: text, or a list of texts}}
// answered by {"saved_at": "19:42:05"}. Only changed fields are sent; the server merges them. An unticked box
// is "". One request is in flight at a time; failures are retried for ever. This module only reads fields,
// it never writes one.
import { dismissLogIn, isLoggedOut, logInAgain, renewToken, token } from "./login.js";
import { clock, report, settle } from "./state.js";

const PAUSE_MS = 1000; // of rest before a save
const LONGEST_MS = 3000; // from the first unsaved letter to a save
const PATIENCE_MS = 10000; // for an answer
const QUIET_MS = 700; // a save faster than this is not announced as "Saving…"
const BACKOFF_MS = [1000, 2000, 4000, 8000, 15000, 30000];
const KEEPALIVE_BYTES = 60000; // browsers refuse more in a request that outlives its page

const url = document.body.dataset.draftsUrl;
const drafts = new Map(); // form element -> draft
let sending = null; // {fields, abort, done}
let failures = 0;
let retryAt = 0;
let hurry = false; // somebody asked to try again while a request was in flight
let askedToLogIn = false;
let clockOffsetMs = 0; // the village computer's clock minus this one's
let lastKeyAt = 0;
let timer = 0;

// ---- reading forms

function isSent(control) {
  return control.name && control.name !== "csrf_token" && !control.closest("[data-no-draft]")
    && !["password", "file", "submit", "button", "image", "reset", "fieldset", "output"].includes(control.type);
}

function valuesOf(control, rendered) {
  if (control.type === "checkbox" || control.type === "radio") {
    return (rendered ? control.defaultChecked : control.checked) ? [control.value] : [];
  }
  if (control.tagName !== "SELECT") return [rendered ? control.defaultValue : control.value];
  const options = [...control.options];
  const chosen = options.filter((option) => (rendered ? option.defaultSelected : option.selected));
  if (!chosen.length && !control.multiple && options.length) return [options[0].value];
  return chosen.map((option) => option.value);
}

/** Field name -> text (one control, or a group of radios) or list of texts; `rendered`: as the server sent it. */
function readFields(form, rendered = false) {
  const groups = new Map();
  for (const control of form.elements) {
    if (!isSent(control)) continue;
    const group = groups.get(control.name) ?? { values: [], controls: [] };
    group.values.push(...valuesOf(control, rendered));
    group.controls.push(control);
    groups.set(control.name, group);
  }
  const fields = new Map();
  for (const [name, { values, controls }] of groups) {
    const isList = controls[0].multiple || (controls.length > 1 && controls[0].type !== "radio");
    fields.set(name, isList ? values : values[0] ?? "");
  }
  return fields;
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

function changedFields(draft) {
  const changed = {};
  for (const [name, value] of readFields(draft.form)) {
    if (!same(value, draft.saved.get(name))) changed[name] = value;
  }
  return changed;
}

const isUnsaved = (draft) => !draft.leaving && Object.keys(changedFields(draft)).length > 0;
const unsaved = () => [...drafts.values()].filter(isUnsaved);

function attachForms() {
  for (const form of drafts.keys()) if (!form.isConnected) drafts.delete(form);
  for (const form of document.querySelectorAll("form[data-draft]")) {
    if (drafts.has(form)) continue;
    const draft = { form, key: form.dataset.draft, saved: readFields(form, true), leaving: false, firstAt: 0, lastAt: 0 };
    drafts.set(form, draft);
    if (isUnsaved(draft)) touch(draft); // the browser put typed words back after a reload
  }
  schedule();
}

// ---- when to save

function touch(draft) {
  draft.leaving = false;
  draft.lastAt = Date.now();
  draft.firstAt ||= draft.lastAt;
}

function schedule() {
  clearTimeout(timer);
  const waiting = [...drafts.values()].filter((draft) => draft.firstAt && !draft.leaving);
  if (!waiting.length || sending) return;
  const due = Math.min(...waiting.map((draft) => Math.min(draft.lastAt + PAUSE_MS, draft.firstAt + LONGEST_MS)));
  timer = setTimeout(saveNext, Math.max(0, (failures ? retryAt : due) - Date.now()));
}

function saveNext() {
  const now = Date.now();
  for (const draft of drafts.values()) if (draft.firstAt && !isUnsaved(draft)) draft.firstAt = 0;
  settleIfNothingIsUnsaved();
  const due = unsaved().filter((d) => failures || d.lastAt + PAUSE_MS <= now || d.firstAt + LONGEST_MS <= now);
  if (due.length) save(due[0]);
  else schedule();
}

// ---- saving

async function post(draft, fields, abort) {
  const body = JSON.stringify({ form: draft.key, fields });
  const response = await fetch(url, {
    method: "POST",
    body,
    headers: { "Content-Type": "application/json", "X-CSRFToken": token(), "X-Requested-With": "fetch" },
    signal: abort.signal,
    keepalive: new TextEncoder().encode(body).length < KEEPALIVE_BYTES,
  });
  if (isLoggedOut(response)) return { loggedOut: true };
  if (response.status === 400 || response.status === 403) return { stale: true };
  if (!response.ok) throw new Error(`drafts: ${response.status}`);
  return response.json();
}

/** Send what changed in one form. Resolves to true once the village computer has it. */
async function attempt(draft, fields, abort) {
  let answer = await post(draft, fields, abort);
  if (answer.stale) answer = (await renewToken()) ? await post(draft, fields, abort) : { loggedOut: true };
  if (answer.loggedOut) return "loggedOut";
  if (!answer.saved_at) return "failed";
  for (const [name, value] of Object.entries(fields)) draft.saved.set(name, value);
  rememberClock(answer.saved_at);
  return answer.saved_at;
}

function save(draft) {
  const abort = new AbortController();
  const startedAt = Date.now();
  const firstAt = draft.firstAt || startedAt;
  const fields = changedFields(draft);
  draft.firstAt = 0; // letters typed from now on belong to the next save
  const patience = setTimeout(() => abort.abort(), PATIENCE_MS);
  const quiet = setTimeout(() => { if (!failures) report("drafts", "saving"); }, QUIET_MS);
  const done = attempt(draft, fields, abort)
    .catch(() => "failed")
    .then((outcome) => {
      clearTimeout(patience);
      clearTimeout(quiet);
      if (sending?.abort === abort) sending = null;
      else if (outcome === "failed") return false; // overtaken by a flush of newer words
      const ok = outcome !== "failed" && outcome !== "loggedOut";
      if (ok) succeed(outcome);
      else fail(draft, firstAt, outcome);
      schedule();
      return ok;
    });
  sending = { fields, abort, done };
  return done;
}

function succeed(savedAt) {
  failures = 0;
  if (askedToLogIn) dismissLogIn();
  askedToLogIn = false;
  report("drafts", "saved", { time: savedAt });
}

function fail(draft, firstAt, outcome) {
  draft.firstAt = firstAt;
  draft.lastAt ||= firstAt;
  retryAt = hurry ? 0 : Date.now() + BACKOFF_MS[Math.min(failures, BACKOFF_MS.length - 1)];
  hurry = false;
  failures += 1;
  const since = Math.min(...[...drafts.values()].map((d) => d.firstAt).filter(Boolean));
  const retry = outcome === "loggedOut" ? logInAndSave : saveAgainNow;
  report("drafts", outcome, { time: clock(new Date(since + clockOffsetMs)), retry });
  if (outcome === "loggedOut" && !askedToLogIn) logInWhenQuiet();
}

/** Words that were saved another way, or taken back, are no problem any more. */
function settleIfNothingIsUnsaved() {
  if (!failures || unsaved().length) return;
  failures = 0;
  settle("drafts");
}

function saveAgainNow() {
  hurry = Boolean(sending);
  retryAt = 0;
  schedule();
}

async function logInAndSave() {
  if (await logInAgain()) saveAgainNow();
}

/** The dialog takes the keyboard, so it waits until the keys rest. */
function logInWhenQuiet() {
  askedToLogIn = true;
  const rest = lastKeyAt + PAUSE_MS - Date.now();
  if (rest > 0) setTimeout(logInWhenQuiet, rest);
  else logInAndSave();
}

/** Learn how far this device's clock is from the village computer's, from an answer's "19:42:05". */
function rememberClock(savedAt) {
  const secondsOfDay = (time) => time.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  let difference = secondsOfDay(savedAt) - secondsOfDay(clock(new Date()));
  if (Math.abs(difference) > 43200) difference -= Math.sign(difference) * 86400; // around midnight
  clockOffsetMs = Math.abs(difference) > 1 ? difference * 1000 : 0;
}

// ---- leaving the page

/** The page may be going: send at once; an older request that has no answer yet gives way. */
function flush() {
  const [draft] = unsaved();
  if (!draft) return;
  if (sending) {
    if (same(sending.fields, changedFields(draft))) return;
    sending.abort.abort();
  }
  save(draft);
}

/** Send everything now. Resolves to true if the village computer has all of `draft`. */
async function saveCompletely(draft) {
  while (sending) await sending.done;
  for (let tries = 0; isUnsaved(draft) && tries < 3; tries += 1) {
    if (!(await save(draft))) return false;
  }
  return true;
}

/** An ordinary submit first makes sure that the village computer answers, else the page would be lost. */
async function holdSubmit(event) {
  const draft = drafts.get(event.target);
  if (!draft || draft.passing || event.target.dataset.swap !== undefined) return;
  if (!sending && !failures && !isUnsaved(draft)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (draft.holding) return;
  draft.holding = true;
  const { submitter } = event;
  const ok = await saveCompletely(draft);
  draft.holding = false;
  if (!ok) return;
  draft.passing = true;
  draft.form.requestSubmit(submitter);
  draft.passing = false;
}

function letGo(form, leaving) {
  const draft = drafts.get(form);
  if (draft) draft.leaving = leaving;
}

function start() {
  const changed = (event) => {
    const draft = drafts.get(event.target.form);
    if (!draft || !isSent(event.target)) return;
    touch(draft);
    schedule();
  };
  document.addEventListener("input", changed);
  document.addEventListener("change", changed);
  document.addEventListener("keydown", () => { lastKeyAt = Date.now(); }, { capture: true, passive: true });
  document.addEventListener("submit", holdSubmit, { capture: true });
  window.addEventListener("submit", (event) => { if (!event.defaultPrevented) letGo(event.target, true); });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") flush(); });
  window.addEventListener("pagehide", flush);
  window.addEventListener("online", saveAgainNow);
  window.addEventListener("beforeunload", (event) => { if (unsaved().length) event.preventDefault(); });
  document.addEventListener("collector:submitting", (event) => {
    letGo(event.target, true);
    if (sending) event.detail.waitFor(sending.done);
  });
  document.addEventListener("collector:not-sent", (event) => {
    letGo(event.target, false);
    schedule();
  });
  document.addEventListener("collector:swapped", () => {
    attachForms();
    settleIfNothingIsUnsaved();
    if (failures) saveAgainNow();
  });
  attachForms();
}

if (url) start();
