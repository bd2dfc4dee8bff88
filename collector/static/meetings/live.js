// The live page: what was presented under an agenda item is saved when the field is left, so that a revision is
// written without a button. The button stays for those who prefer it and for pages without this script.

const start = new WeakMap(); // form -> words at the moment of entering it

const words = (form) => [...form.elements].map((control) => control.value ?? "").join("\u0000");

document.addEventListener("focusin", (event) => {
  const form = event.target.closest?.("form[data-save-on-leave]");
  if (form && !start.has(form)) start.set(form, words(form));
});

document.addEventListener("focusout", (event) => {
  const form = event.target.closest?.("form[data-save-on-leave]");
  if (!form || form.contains(event.relatedTarget)) return;
  const before = start.get(form);
  start.delete(form);
  if (before !== undefined && before !== words(form)) form.requestSubmit();
});

for (const button of document.querySelectorAll("[data-open-jump]")) button.hidden = false;
