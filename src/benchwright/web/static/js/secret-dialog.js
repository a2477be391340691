// The dialog that stores a new secret while a plan is made. Its value goes to the server and nowhere else.

document.addEventListener("close", (event) => {
  if (event.target.id === "new-secret") forget(event.target);
}, true);

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches?.("[data-secret-form]")) return;
  event.preventDefault();
  const page = form.closest("plan-form");
  const [name, value] = form.querySelectorAll("input");
  const problem = await store(page.dataset.secrets, name.value.trim(), value.value);
  const place = form.querySelector("[data-secret-error]");
  if (problem) {
    place.textContent = problem;
    name.focus();
    return;
  }
  for (const choice of page.querySelectorAll("[data-secrets]")) {
    if (![...choice.options].some((option) => option.value === name.value.trim())) choice.add(new Option(name.value.trim(), name.value.trim()));
    choice.value = name.value.trim();
    choice.dispatchEvent(new Event("change", { bubbles: true }));
  }
  form.closest("dialog").close();
});

/** What is wrong, if something is. @param {string} root @param {string} name @param {string} value */
async function store(root, name, value) {
  if (!name) return "Give it a name.";
  try {
    const response = await fetch(`${root}/${encodeURIComponent(name)}`, {
      method: "PUT",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ value }),
    });
    if (response.ok) return "";
    const problem = await response.json();
    return problem.errors?.map((/** @type {{message: string}} */ error) => error.message).join(" ") || problem.detail || response.statusText;
  } catch {
    return "The server does not answer. Try again.";
  }
}

/** A closed dialog holds no secret. @param {HTMLDialogElement} dialog */
function forget(dialog) {
  dialog.querySelector("form").reset();
  dialog.querySelector("[data-secret-error]").textContent = "";
}
