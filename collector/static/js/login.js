// Logging in again without leaving the page, and the CSRF token of the page. The log-in form is the
// server's own, loaded from data-login-url of <body>; nothing on the page behind the dialog changes
// except the hidden tokens.

const dialog = document.getElementById("login-dialog");
const place = dialog?.querySelector("[data-login-form]");
const complaint = dialog?.querySelector("[data-login-error]");
const PREFIX = "login-dialog-";
let waiting = null; // the promise of the dialog that is open

const loginUrl = () => document.body.dataset.loginUrl;
const parse = (html) => new DOMParser().parseFromString(html, "text/html");
const formOf = (page) => page.querySelector("input[type=password]")?.form ?? null;

/** The CSRF token to send now. */
export function token() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

/** True if `response` says that nobody is logged in: 401, or a redirect to the log-in page. */
export function isLoggedOut(response) {
  if (response.status === 401) return true;
  const login = loginUrl() && new URL(loginUrl(), location.href).pathname;
  return response.redirected && new URL(response.url).pathname === login && location.pathname !== login;
}

function takeToken(page) {
  const fresh = page.querySelector('meta[name="csrf-token"]')?.content;
  if (!fresh) return false;
  document.querySelector('meta[name="csrf-token"]').content = fresh;
  for (const input of document.querySelectorAll("input[name=csrf_token]")) input.value = fresh;
  return true;
}

/** Fetch a fresh token. Answers false if the session is gone (a log-in is needed). */
export async function renewToken() {
  const response = await fetch(loginUrl(), { headers: { "X-Requested-With": "fetch" } });
  const page = parse(await response.text());
  return takeToken(page) && !formOf(page);
}

/** Put the form of a log-in page into the dialog, its ids out of the way of those of the page. */
function placeForm(page, url) {
  const form = document.importNode(formOf(page), true);
  for (const element of form.querySelectorAll("[id]")) element.id = PREFIX + element.id;
  for (const name of ["for", "aria-describedby", "data-show-password"]) {
    for (const element of form.querySelectorAll(`[${name}]`)) {
      element.setAttribute(name, element.getAttribute(name).split(" ").map((id) => PREFIX + id).join(" "));
    }
  }
  form.setAttribute("action", new URL(form.getAttribute("action") || url, url).href);
  form.removeAttribute("data-draft");
  form.removeAttribute("data-swap");
  place.replaceChildren(form);
  for (const button of place.querySelectorAll("[data-show-password]")) button.hidden = false;
}

async function loadForm() {
  try {
    const response = await fetch(loginUrl(), { headers: { "X-Requested-With": "fetch" } });
    const page = parse(await response.text());
    if (formOf(page)) placeForm(page, response.url);
    else dialog.close(takeToken(page) ? "in" : "");
  } catch {
    complaint.textContent = place.dataset.failed;
  }
}

async function send(form) {
  complaint.textContent = "";
  try {
    const response = await fetch(form.getAttribute("action"), {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { "X-Requested-With": "fetch" },
    });
    const page = parse(await response.text());
    if (response.ok && !formOf(page)) {
      if (!takeToken(page)) await renewToken();
      dialog.close("in");
      return;
    }
    if (formOf(page)) placeForm(page, response.url);
    complaint.textContent = place.dataset.wrong;
    place.querySelector("input[type=password]")?.focus();
  } catch {
    complaint.textContent = place.dataset.failed;
  }
}

/** Ask for name and password in place. Resolves to true once logged in, to false on "Later". */
export function logInAgain() {
  if (!loginUrl() || !dialog) return Promise.resolve(false);
  waiting ??= new Promise((resolve) => {
    dialog.returnValue = "";
    complaint.textContent = "";
    dialog.addEventListener("close", () => {
      waiting = null;
      place.replaceChildren();
      resolve(dialog.returnValue === "in");
    }, { once: true });
    loadForm().then(() => {
      if (waiting && !dialog.open) dialog.showModal();
    });
  });
  return waiting;
}

/** Close the dialog: a request went through, so somebody is logged in again (in another tab, perhaps). */
export function dismissLogIn() {
  if (dialog?.open) dialog.close("in");
}

dialog?.addEventListener("submit", (event) => {
  event.preventDefault();
  event.stopPropagation();
  send(event.target);
});
dialog?.querySelector("[data-login-later]").addEventListener("click", () => dialog.close(""));
