// Words without accents, for finding: "Hầu Đức" and "hau duc" are the same. The server folds alike.

/** `text` in small letters without accents; đ becomes d. */
export function fold(text) {
  return text.normalize("NFD").replace(/\p{Mn}/gu, "").replace(/[đĐ]/g, "d").toLowerCase();
}

/** True if every word of `query` is in `text` (folded); a number must begin a word of it. */
export function matches(text, query) {
  const words = fold(query).split(/\s+/).filter(Boolean);
  const found = ` ${text.replace(/\s+/g, " ")}`;
  return words.every((word) => found.includes(/^\d+$/.test(word) ? ` ${word}` : word));
}
