// Buttons that copy: `data-copies` is the text, or `#id` of the element that holds it.

const SHOWN_FOR_MS = 1600;

document.addEventListener("click", async (event) => {
  const button = /** @type {Element} */ (event.target).closest?.("[data-copies]");
  if (!(button instanceof HTMLElement)) return;
  const copied = await copy(textOf(button), button);
  show(button, copied);
});

/** @param {HTMLElement} button */
function textOf(button) {
  const given = button.dataset.copies ?? "";
  if (button.dataset.address !== undefined) return new URL(given, location.href).href;
  const source = /** @type {any} */ (given.startsWith("#") && document.getElementById(given.slice(1)));
  return source ? (source.value ?? source.textContent) : given;
}

/** @param {string} text @param {Element} beside */
async function copy(text, beside) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without TLS browsers offer no clipboard; a marked field can still be copied.
  }
  const field = document.createElement("textarea");
  field.className = "visually-hidden";
  field.value = text;
  beside.after(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  return copied;
}

/** @param {HTMLElement} button @param {boolean} copied */
function show(button, copied) {
  const said = copied ? "Copied" : "The browser does not allow copying";
  const use = button.querySelector("use");
  const sprite = use?.getAttribute("href")?.split("#")[0];
  use?.setAttribute("href", `${sprite}#${copied ? "good" : "bad"}`);
  button.toggleAttribute("data-copied", copied);
  const announcer = document.getElementById("announcer");
  if (announcer) announcer.textContent = said;
  if (!copied) button.title = said;
  setTimeout(() => {
    use?.setAttribute("href", `${sprite}#copy`);
    button.removeAttribute("data-copied");
    if (announcer?.textContent === said) announcer.textContent = "";
  }, SHOWN_FOR_MS);
}
