// The bar of sending and receiving: asks every second how far it is and loads the page again when it has ended.
// Without this script the page loads itself again every few seconds.

const PAUSE_MS = 1000;
const card = document.querySelector("[data-exchange]");
const words = card?.querySelector("[data-exchange-words]");
const bar = card?.querySelector("[data-exchange-bar]");

function show({ sentence, done, total }) {
  if (!sentence) return;
  if (words.textContent !== sentence) words.textContent = sentence;
  if (total) {
    bar.max = total;
    bar.value = Math.min(done, total);
  } else {
    bar.removeAttribute("value");
  }
}

async function follow() {
  try {
    const answer = await fetch(card.dataset.exchange, { headers: { "X-Requested-With": "fetch" }, cache: "no-store" });
    const isAnswer = answer.ok && answer.headers.get("Content-Type")?.startsWith("application/json");
    const state = isAnswer ? await answer.json() : { running: false };
    if (!state.running) {
      location.replace(location.pathname);
      return;
    }
    show(state);
  } catch {
    // The server does not answer just now; it is asked again.
  }
  setTimeout(follow, PAUSE_MS);
}

if (card) setTimeout(follow, PAUSE_MS);
