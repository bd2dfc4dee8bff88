// Entering paper sheets by keyboard: a digit chooses in the cell that has the focus and goes to the next one, Backspace
// goes back to the cell before, Enter saves (that is the browser's own doing; in the number of the sheet it goes on). Only cells of choices listen to digits;
// words are typed as usual.
const form = document.querySelector("form#paper");
const cells = [...form.querySelectorAll("[data-cell]")];

function fieldsOf(cell) {
  return [...cell.querySelectorAll("input, select, textarea")];
}

function focusCell(cell) {
  const fields = fieldsOf(cell);
  const field = fields.find((each) => each.checked) ?? fields[0];
  field?.focus();
  if (field?.type === "text") field.select();
}

function move(cell, steps) {
  const wanted = cells[cells.indexOf(cell) + steps];
  if (wanted) focusCell(wanted);
  else if (steps > 0) form.querySelector("button.primary").focus();
}

function enterDigit(cell, digit) {
  const field = cell.querySelector(`[data-digit="${digit}"]`);
  if (!field) return digit === "0" && cell.querySelector("[type=checkbox]") ? clear(cell) : false;
  field.checked = field.type === "radio" || !field.checked;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
  if (field.type === "radio") move(cell, 1);
  return true;
}

function clear(cell) {
  for (const field of cell.querySelectorAll("[type=checkbox]")) field.checked = false;
  cell.dispatchEvent(new Event("change", { bubbles: true }));
  move(cell, 1);
  return true;
}

form.addEventListener("keydown", (event) => {
  const cell = event.target.closest("[data-cell]");
  if (!cell || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  const isText = event.target.matches("input[type=text], input:not([type]), textarea");
  if (event.key === "Backspace" && !(isText && event.target.value)) {
    event.preventDefault();
    move(cell, -1);
  } else if (event.key === "Enter" && event.target.id === "number") {
    event.preventDefault();
    move(cell, 1);
  } else if (/^[0-9]$/.test(event.key) && event.target.matches("[type=radio], [type=checkbox]")) {
    if (enterDigit(cell, event.key)) event.preventDefault();
  }
});

// The button at the end of a sheet: one step back from it as well.
form.querySelector("button.primary").addEventListener("keydown", (event) => {
  if (event.key === "Backspace") focusCell(cells.at(-1));
});

if (!document.querySelector(".error-summary")) {
  const firstChoice = cells.find((cell) => cell.closest("[data-paper]"));
  const wanted = form.querySelector("#number")?.value === "" ? cells[0] : firstChoice;
  if (wanted) focusCell(wanted);
}
