// On the pages that a resident sees: locks the screen when nothing happens, keeps it open while somebody types, and
// reads the page out where the question has no recording and this computer has a voice of its own for the language.
const idleMs = Number(document.querySelector("script[data-idle-seconds]")?.dataset.idleSeconds ?? 600) * 1000;
const KEEP_EVERY_MS = 120_000;
let lastAct = Date.now();
let lastKept = Date.now();

function noteAct() {
  lastAct = Date.now();
  if (lastAct - lastKept < KEEP_EVERY_MS) return;
  lastKept = lastAct;
  fetch(location.pathname, { method: "HEAD", credentials: "same-origin" }).catch(() => {}); // out of reach: try later
}

for (const kind of ["keydown", "pointerdown", "input", "scroll"]) {
  document.addEventListener(kind, noteAct, { passive: true });
}
setInterval(() => {
  if (Date.now() - lastAct > idleMs + 5000) location.replace(location.pathname);
}, 5000);

// A page that comes out of the browser's memory would show what was chosen on it.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

function findVoice(language) {
  return speechSynthesis.getVoices().find((voice) => voice.localService && voice.lang.toLowerCase().startsWith(language));
}

function offerVoice() {
  for (const button of document.querySelectorAll("[data-speak]")) {
    const read = document.querySelector(button.dataset.speak);
    const language = (read?.lang || document.documentElement.lang).toLowerCase();
    if (!read || !findVoice(language)) continue;
    button.hidden = false;
    button.onclick = () => {
      const parts = read.querySelectorAll("h1, p:not(.form-error), .choice span");
      const said = new SpeechSynthesisUtterance([...parts].map((each) => each.textContent.trim()).join(". "));
      said.voice = findVoice(language);
      said.lang = language;
      speechSynthesis.cancel();
      speechSynthesis.speak(said);
    };
  }
}

if ("speechSynthesis" in window) {
  offerVoice();
  speechSynthesis.addEventListener?.("voiceschanged", offerVoice);
}
