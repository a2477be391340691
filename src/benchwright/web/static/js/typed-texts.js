// What was typed into a form and not saved yet, kept in this browser under the form's name.

const PREFIX = "benchwright.form.";
const MOST_CHARACTERS = 1_000_000;
const MOST_FORMS = 20;

/** @typedef {{at: number, fields: [string, string][]}} Typed */

/** @param {string} key @returns {Typed | null} */
export function typedTexts(key) {
  try {
    const typed = JSON.parse(localStorage.getItem(PREFIX + key) ?? "null");
    return Array.isArray(typed?.fields) && typeof typed.at === "number" ? typed : null;
  } catch {
    return null;
  }
}

/** False where there is too much, or the browser keeps nothing. @param {string} key @param {[string, string][]} fields */
export function keepTexts(key, fields) {
  const text = JSON.stringify({ at: Date.now(), fields });
  if (text.length > MOST_CHARACTERS) return false;
  try {
    localStorage.setItem(PREFIX + key, text);
    forgetOldest();
    return true;
  } catch {
    forgetOldest(1);
    return false;
  }
}

/** @param {string} key */
export function forgetTexts(key) {
  try {
    localStorage.removeItem(PREFIX + key);
  } catch {
    // A browser that keeps nothing has nothing to forget.
  }
}

/** For who signs out: the browser may be shared. */
export function forgetAllTexts() {
  forgetOldest(0);
}

function forgetOldest(most = MOST_FORMS) {
  try {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
    if (keys.length <= most) return;
    const age = (/** @type {string} */ key) => typedTexts(key.slice(PREFIX.length))?.at ?? 0;
    for (const key of keys.sort((a, b) => age(b) - age(a)).slice(most)) localStorage.removeItem(key);
  } catch {
    // As above.
  }
}
