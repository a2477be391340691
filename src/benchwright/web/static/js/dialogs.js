// Dialogs, confirmations and menus: what opens above the page, and how it closes again.
//
// Everything is listened for on the document, so parts that the server draws anew need no care.

const MENU_GAP_PX = 4;

/** @param {Event} event @param {string} selector @returns {any} */
const within = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);

/** @param {HTMLDialogElement | null} dialog */
export function openDialog(dialog) {
  if (!dialog || dialog.open) return;
  // What is folded away cannot be shown, not even above the page.
  const folded = dialog.closest("details.confirm");
  if (folded) folded.setAttribute("open", "");
  dialog.showModal();
  // It was folded away a moment ago: nothing in it could take the focus yet.
  if (folded) /** @type {HTMLElement | null} */ (dialog.querySelector("[autofocus]"))?.focus();
}

document.addEventListener("click", (event) => {
  const opener = within(event, "[data-opens]");
  if (opener) openDialog(/** @type {any} */ (document.getElementById(opener.dataset.opens)));

  const question = within(event, "details.confirm > summary");
  if (question) {
    event.preventDefault();
    openDialog(question.parentElement.querySelector("dialog"));
  }
  within(event, "[data-closes]")?.closest("dialog")?.close();

  const dismissed = within(event, "[data-dismisses]");
  if (dismissed) dismissed.closest(".toast")?.remove();
});

// Beside a dialog only what began there counts: text may be marked beyond its edge.
let pressed = /** @type {EventTarget | null} */ (null);
document.addEventListener("pointerdown", (event) => {
  pressed = event.target;
  closeMenus((menu) => !menu.contains(/** @type {Node} */ (event.target)));
});
document.addEventListener("click", (event) => {
  const { target } = event;
  if (target instanceof HTMLDialogElement && target === pressed && target.matches(":modal")) target.close();
});

document.addEventListener(
  "close",
  (event) => {
    if (!(event.target instanceof HTMLDialogElement)) return;
    event.target.closest("details.confirm")?.removeAttribute("open");
  },
  true,
);

/** @param {(menu: HTMLDetailsElement) => boolean} which */
function closeMenus(which) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (which(/** @type {HTMLDetailsElement} */ (menu))) menu.removeAttribute("open");
  }
}

document.addEventListener(
  "toggle",
  (event) => {
    const menu = /** @type {HTMLDetailsElement} */ (event.target);
    if (!menu.matches?.("details.menu")) return;
    if (!menu.open) {
      const items = /** @type {HTMLElement | null} */ (menu.querySelector(".menu-items"));
      items?.removeAttribute("popover");
      // What is left of its place would widen the page.
      items?.style.removeProperty("left");
      items?.style.removeProperty("top");
      return;
    }
    closeMenus((other) => other !== menu && !other.contains(menu));
    placeMenu(menu);
  },
  true,
);

/**
 * In the top layer, placed by the window: a table that scrolls would cut off what hangs out of it.
 * @param {HTMLDetailsElement} menu
 */
function placeMenu(menu) {
  const items = /** @type {HTMLElement} */ (menu.querySelector(".menu-items"));
  items.popover = "manual";
  if (!items.matches(":popover-open")) items.showPopover();
  const button = /** @type {HTMLElement} */ (menu.querySelector("summary")).getBoundingClientRect();
  const { width, height } = items.getBoundingClientRect();
  const [right, bottom] = [document.documentElement.clientWidth, window.innerHeight];
  // To the left where there is no room to the right, above where there is none below.
  const left = button.left + width <= right - MENU_GAP_PX ? button.left : button.right - width;
  const below = button.bottom + MENU_GAP_PX;
  const top = below + height <= bottom ? below : button.top - MENU_GAP_PX - height;
  items.style.left = `${Math.max(left, MENU_GAP_PX)}px`;
  items.style.top = `${Math.max(top, MENU_GAP_PX)}px`;
}

// It moves with its button, and goes when that is out of sight.
document.addEventListener("scroll", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (event.target !== document && menu.contains(/** @type {Node} */ (event.target))) continue;
    const { bottom, top } = menu.getBoundingClientRect();
    if (bottom < 0 || top > window.innerHeight) menu.removeAttribute("open");
    else placeMenu(/** @type {HTMLDetailsElement} */ (menu));
  }
}, { capture: true, passive: true });
window.addEventListener("resize", () => closeMenus(() => true));

document.addEventListener("focusout", (event) => {
  const menu = within(event, "details.menu[open]");
  const next = /** @type {Node | null} */ (event.relatedTarget);
  if (menu && next && !menu.contains(next)) menu.removeAttribute("open");
});

document.addEventListener("keydown", (event) => {
  const isEscape = event.key === "Escape";
  const menu = within(event, "details.menu[open]") ?? (isEscape && document.querySelector("details.menu[open]"));
  if (!menu || within(event, "dialog")) return;
  if (isEscape) {
    menu.removeAttribute("open");
    menu.querySelector("summary").focus();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const stops = stopsOf(menu).filter((stop) => stop.checkVisibility());
    const step = event.key === "ArrowDown" ? 1 : -1;
    const at = stops.indexOf(/** @type {any} */ (document.activeElement));
    stops[(at + step + stops.length) % stops.length]?.focus();
  }
});

/** What takes the focus in a menu. @param {Element} menu @returns {HTMLElement[]} */
const stopsOf = (menu) => [...menu.querySelectorAll("summary, .menu-items :is(a[href], button, input, select, textarea)")];

/**
 * Keeps open what is open while the server's newer drawing takes the place of a part.
 * @param {Element} old @param {Element} next @param {() => void} replace
 */
export function keepOpen(old, next, replace) {
  const focused = /** @type {HTMLElement | null} */ (old.contains(document.activeElement) ? document.activeElement : null);
  const dialog = /** @type {HTMLDialogElement | null} */ (old.querySelector("dialog[open]"));
  const place = dialog && next.querySelector(`dialog[id="${CSS.escape(dialog.id)}"]`);
  const menus = [...old.querySelectorAll("details.menu")];
  const opened = menus.map((menu) => menu.hasAttribute("open"));
  // The dialog itself moves over, with what was typed into it.
  if (dialog && place) place.replaceWith(dialog);
  replace();
  if (dialog && place) {
    dialog.removeAttribute("open");
    openDialog(dialog);
    focused?.focus();
  }
  const nextMenus = [...next.querySelectorAll("details.menu")];
  if (nextMenus.length !== menus.length) return;
  nextMenus.forEach((menu, index) => {
    menu.toggleAttribute("open", opened[index]);
    const at = focused ? stopsOf(menus[index]).indexOf(focused) : -1;
    if (opened[index] && at >= 0) stopsOf(menu)[at]?.focus();
  });
}
