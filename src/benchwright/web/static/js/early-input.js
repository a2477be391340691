// Loaded at once: notes what is typed into a form and whether it is sent before the script of its
// element is there, so that this script neither overwrites the one nor keeps the other as unsent.

document.addEventListener("submit", (event) => {
  if (!customElements.get("plan-form")) event.target.dataset.sent = "";
});

document.addEventListener("input", (event) => {
  if (event.target.form) event.target.form.dataset.touched = "";
});

// Whoever goes back to the page types on.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
