// The state line in the header: where the words are now. Several modules report here; a problem of one
// is never hidden by the success of another. Sentences come translated from data-* of #save-state.

const line = document.getElementById("save-state");
const button = document.getElementById("save-retry");
const problems = new Map(); // source -> {kind, text, retry}

/** "19:42:05" of a Date in Việt Nam's zone (UTC+7, no summer time), whatever zone this device believes in. */
export function clock(date) {
  return new Date(date.getTime() + 7 * 3600 * 1000).toISOString().slice(11, 19);
}

function show(text, tone) {
  if (line.textContent.trim() !== text) line.textContent = text; // the same words are not announced twice
  if (text && tone) line.dataset.tone = tone;
  else delete line.dataset.tone;
}

function showButton() {
  const open = [...problems.values()].filter((problem) => problem.retry);
  const words = open.some((problem) => problem.kind === "loggedOut") ? button.dataset.login : button.dataset.retry;
  if (button.textContent !== words) button.textContent = words;
  button.hidden = !open.length;
}

/**
 * Say what became of the words of `source` ("drafts", "swap").
 * kind: saving, saved, failed, loggedOut, notSent, or words (then `text` is the sentence itself).
 * `retry`, a function, puts a button beside a problem; `tone` late marks words as a problem.
 */
export function report(source, kind, { time = "", text = "", retry = null, tone = "" } = {}) {
  const sentence = (kind === "words" ? text : line.dataset[kind] ?? "").replace("{time}", time);
  const isProblem = tone === "late" || ["failed", "loggedOut", "notSent"].includes(kind);
  problems.delete(source);
  if (isProblem) problems.set(source, { kind, text: sentence, retry });
  const last = [...problems.values()].at(-1);
  if (last) show(last.text, "late");
  else show(sentence, kind === "saving" ? "" : tone || "ok");
  showButton();
}

/** Take back a problem of `source` without saying anything new. */
export function settle(source) {
  if (!problems.delete(source)) return;
  const last = [...problems.values()].at(-1);
  show(last?.text ?? "", last ? "late" : "");
  showButton();
}

button.addEventListener("click", () => {
  for (const problem of [...problems.values()]) problem.retry?.();
});
