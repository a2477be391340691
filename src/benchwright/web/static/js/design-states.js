// The design page shows `:hover`, `:focus-visible` and `:active` at rest: what `data-shown` names is
// dressed by copies of the sheets' own rules, so it cannot differ from them.

const STATES = /:(hover|focus-visible|active)\b/g;

/** @param {CSSStyleSheet | CSSGroupingRule} holder */
function copyRules(holder) {
  for (let index = holder.cssRules.length - 1; index >= 0; index -= 1) {
    const rule = /** @type {any} */ (holder.cssRules[index]);
    if (rule.selectorText?.match(STATES)) {
      const shown = rule.selectorText.replace(STATES, '[data-shown="$1"]');
      holder.insertRule(`${shown} { ${rule.style.cssText} }`, index + 1);
    } else if (rule.cssRules) {
      copyRules(rule);
    }
  }
}

for (const sheet of document.styleSheets) copyRules(sheet);
