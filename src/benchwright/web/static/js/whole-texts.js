// A text that is cut to its first lines shows all of it when it is pressed: a finger cannot hover.

document.addEventListener("click", (event) => {
  const text = /** @type {Element} */ (event.target).closest?.(".clip, .clip-line");
  if (!text || text.closest("a, button, summary, label") || getSelection()?.toString()) return;
  const isCut = text.scrollHeight > text.clientHeight + 1 || text.scrollWidth > text.clientWidth + 1;
  if (isCut || text.classList.contains("is-whole")) text.classList.toggle("is-whole");
});
