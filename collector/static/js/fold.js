// Folding of text for finding: "Hầu Đức" and "hau duc" are the same. The rules are those of collector/folding.py:
// no marks, đ (and its look-alikes) as d, small letters, apostrophes dropped, all else that is neither letter nor
// digit becomes one space; words match by their beginnings. Folded text is for comparing only.

const APOSTROPHES = new Set("'’‘‛ʼʹ′`´");
const LETTERS = new Map([["đ", "d"], ["Đ", "d"], ["ð", "d"], ["Ð", "d"], ["ɖ", "d"], ["Ɖ", "d"]]);

function foldOnce(character) {
  let folded = "";
  for (const part of (LETTERS.get(character) ?? character).normalize("NFKD").toLowerCase()) {
    if (LETTERS.has(part)) folded += LETTERS.get(part);
    else if (/[\p{L}\p{N}]/u.test(part) && !APOSTROPHES.has(part)) folded += part === "ß" ? "ss" : part;
    else if (!/[\p{M}\p{Cf}]/u.test(part)) folded += " ";
  }
  return folded;
}

function foldCharacter(character) {
  if (APOSTROPHES.has(character)) return "";
  let folded = foldOnce(character);
  for (let again = ""; again !== folded;) {
    again = folded;
    folded = [...folded].map(foldOnce).join("");
  }
  return folded;
}

/** Fold a text into words of plain small letters and digits with single spaces between them. */
export function fold(text) {
  return [...text].map(foldCharacter).join("").split(" ").filter(Boolean).join(" ");
}

/** True if every word of `needle` begins a word of `haystack`; an empty needle is in everything. */
export function contains(haystack, needle) {
  const padded = ` ${fold(haystack)}`;
  return fold(needle).split(" ").every((word) => padded.includes(` ${word}`));
}
