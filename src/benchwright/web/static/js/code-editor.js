// <code-editor>: CodeMirror over the textarea inside it, which stays what the form sends. JSON is checked while it is
// typed; `data-lint` is an address that says what is wrong with the text. A text that is `readonly` is only shown.

import { EditorState } from "@codemirror/state";
import {
  EditorView,
  drawSelection,
  highlightActiveLine,
  keymap,
  lineNumbers,
  placeholder,
} from "@codemirror/view";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import {
  HighlightStyle,
  bracketMatching,
  foldGutter,
  indentOnInput,
  syntaxHighlighting,
} from "@codemirror/language";
import { forEachDiagnostic, lintGutter, linter } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { tags } from "@lezer/highlight";

const LANGUAGES = {
  yaml: () => import("@codemirror/lang-yaml").then((module) => module.yaml()),
  javascript: () => import("@codemirror/lang-javascript").then((module) => module.javascript({ typescript: true })),
  json: () => import("@codemirror/lang-json").then((module) => [module.json(), checked(jsonFaults(module.jsonParseLinter()), 300)]),
};

// Everything in the page's own variables: both themes come with them.
const THEME = EditorView.theme({
  "&": { border: "1px solid var(--line-strong)", borderRadius: "var(--radius)", background: "var(--surface)", color: "var(--text)", fontSize: "var(--size-s)" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-1px" },
  ".cm-scroller": { fontFamily: "var(--font-code)", lineHeight: "1.5", maxHeight: "70vh" },
  ".cm-content": { caretColor: "var(--text)", padding: "0.5rem 0" },
  ".cm-content, .cm-gutter": { minHeight: "var(--editor-least, 14rem)" },
  ".cm-gutters": { background: "var(--surface-sunken)", color: "var(--text-soft)", borderInlineEnd: "1px solid var(--line)" },
  ".cm-activeLine, .cm-activeLineGutter": { background: "color-mix(in srgb, var(--hover) 55%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "color-mix(in srgb, var(--accent) 25%, transparent)" },
  ".cm-cursor": { borderInlineStartColor: "var(--text)" },
  ".cm-placeholder": { color: "var(--text-soft)", whiteSpace: "pre-wrap" },
  "&:has([aria-invalid])": { borderColor: "var(--bad)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--bad) 1px" },
  ".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--warn) 1px" },
  ".cm-lintRange-info": { backgroundImage: "none", textDecoration: "underline dotted var(--text-faint) 1px" },
  ".cm-tooltip": { background: "var(--surface-raised)", color: "var(--text)", border: "1px solid var(--line-strong)", borderRadius: "var(--radius)" },
  ".cm-panels": { background: "var(--surface-raised)", color: "var(--text)" },
});

const COLORS = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--code-name)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--code-text)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--text-faint)" },
  { tag: [tags.keyword, tags.labelName, tags.typeName], color: "var(--code-word)" },
]);

// Typing over selected text by the browser itself keeps the colours of what was there in a style attribute, which the
// page's policy forbids (and complains of): the editor replaces it instead.
const TYPING = EditorView.domEventHandlers({
  beforeinput(event, view) {
    if (event.inputType !== "insertText" || event.isComposing || event.data === null) return false;
    if (view.state.selection.ranges.every((range) => range.empty)) return false;
    const replaced = view.state.replaceSelection(event.data);
    view.dispatch(view.state.update(replaced, { userEvent: "input.type", scrollIntoView: true }));
    event.preventDefault();
    return true;
  },
});

/** Faults in the margin, and under their text. @param {import("@codemirror/lint").LintSource} source @param {number} delay */
const checked = (source, delay) => [linter(source, { delay }), lintGutter()];

/** An empty text is no fault: it stands for no body. */
const jsonFaults = (parse) => (/** @type {EditorView} */ view) => (view.state.doc.toString().trim() ? parse(view) : []);

/** @param {string} address @param {string} name */
const serverFaults = (address, name) => async (/** @type {EditorView} */ view) => {
  try {
    const body = new URLSearchParams({ [name]: view.state.doc.toString() });
    const response = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
    if (!response.ok) return [];
    /** @type {{line: number, message: string, field: string, severity?: "error" | "warning" | "info"}[]} */
    const faults = await response.json();
    return faults.map(({ line, message, field, severity = "error" }) => {
      const { from, to } = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
      return { from, to, severity, message: field ? `${field}: ${message}` : message };
    });
  } catch {
    return [];
  }
};

class CodeEditor extends HTMLElement {
  async connectedCallback() {
    const area = this.querySelector("textarea");
    if (!area || this.view) return;
    const load = LANGUAGES[this.dataset.language ?? ""];
    const language = load ? [await load()] : [];
    // Meanwhile it may have been moved, and begun once more.
    if (this.view || !this.isConnected) return;
    const label = this.querySelector("label");
    // Someone may be typing in the plain field already: the editor goes on from there.
    const isTyping = document.activeElement === area;
    this.view = new EditorView({
      doc: area.value,
      selection: isTyping ? { anchor: area.selectionStart, head: area.selectionEnd } : undefined,
      extensions: [
        EditorView.cspNonce.of(nonce()),
        EditorView.contentAttributes.of(spoken(area, label)),
        TYPING,
        area.placeholder ? placeholder(area.placeholder) : [],
        EditorView.updateListener.of((update) => {
          if (update.docChanged) {
            area.value = update.state.doc.toString();
            area.dispatchEvent(new Event("input", { bubbles: true }));
          }
          this.sayFaults(update.state);
        }),
        this.dataset.lint ? checked(serverFaults(this.dataset.lint, area.name), 600) : [],
        EditorState.readOnly.of(area.readOnly),
        EditorState.tabSize.of(2),
        lineNumbers(),
        foldGutter(),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        highlightActiveLine(),
        highlightSelectionMatches(),
        syntaxHighlighting(COLORS),
        THEME,
        // Tab is not taken: with the keyboard alone one must get out of the editor.
        keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap]),
        ...language,
      ],
    });
    label?.addEventListener("click", () => this.view.focus());
    area.after(this.view.dom);
    if (isTyping) this.view.focus();
    area.hidden = true;
  }

  /** The first fault in words, for those who do not see the margin. @param {EditorState} state */
  sayFaults(state) {
    const found = [];
    let isWrong = false;
    forEachDiagnostic(state, (fault, from) => {
      found.push(`Line ${state.doc.lineAt(from).number}: ${fault.message}`);
      isWrong ||= fault.severity === "error";
    });
    const said = found.length > 1 ? `${found[0].replace(/\.?$/, ".")} And ${found.length - 1} more.` : (found[0] ?? "");
    if (!this.faults && !said) return;
    this.faults ??= this.appendChild(Object.assign(document.createElement("p"), { className: "error editor-faults", role: "status" }));
    this.faults.classList.toggle("error", isWrong);
    this.faults.classList.toggle("is-warning", !isWrong);
    if (this.faults.textContent !== said) this.faults.textContent = said;
  }

  /** @param {string} text */
  setText(text) {
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text } });
  }

  disconnectedCallback() {
    this.view?.destroy();
    this.view = undefined;
  }
}

/** The nonce of the page as it was loaded; a part that was put in since knows only that of its own answer. */
const nonce = () => /** @type {HTMLScriptElement | null} */ (document.querySelector("script[nonce]"))?.nonce ?? "";

/** What the plain field says of itself. @param {HTMLTextAreaElement} area @param {Element | null} label */
function spoken(area, label) {
  const said = { "aria-label": label?.textContent ?? "Code", tabindex: "0" };
  for (const name of ["aria-invalid", "aria-describedby"]) {
    if (area.hasAttribute(name)) said[name] = area.getAttribute(name);
  }
  return said;
}

customElements.define("code-editor", CodeEditor);
