// The basic colours of terminals, as elements; every other control sequence is dropped.

const COLORS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
// eslint-disable-next-line no-control-regex
const SEQUENCE = /\u001b\[([0-9;?]*)([A-Za-z])|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b./g;
// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f]/g;

/** @param {string} line @returns {Node[]} */
export function renderLine(line) {
  // A progress bar that draws over itself: what was drawn last is what stays.
  const text = line.slice(line.replace(/\r+$/, "").lastIndexOf("\r") + 1);
  if (!text.includes("\u001b")) return [document.createTextNode(text.replace(CONTROLS, ""))];
  const nodes = [];
  const style = { color: "", bold: false, faint: false };
  let from = 0;
  for (const match of text.matchAll(SEQUENCE)) {
    push(nodes, text.slice(from, match.index), style);
    from = match.index + match[0].length;
    if (match[2] === "m") apply(style, match[1]);
  }
  push(nodes, text.slice(from), style);
  return nodes;
}

function apply(style, codes) {
  for (const code of codes.split(";").map(Number)) {
    if (code === 0) Object.assign(style, { color: "", bold: false, faint: false });
    else if (code === 1) style.bold = true;
    else if (code === 2) style.faint = true;
    else if (code === 22) style.bold = style.faint = false;
    else if (code === 39) style.color = "";
    else if (code >= 30 && code <= 37) style.color = COLORS[code - 30];
    else if (code >= 90 && code <= 97) style.color = COLORS[code - 90];
  }
}

function push(nodes, raw, style) {
  const text = raw.replace(CONTROLS, "");
  if (!text) return;
  const classes = [
    style.color && `ansi-${style.color}`,
    style.bold && "ansi-bold",
    style.faint && "ansi-faint",
  ].filter(Boolean);
  if (!classes.length) {
    nodes.push(document.createTextNode(text));
    return;
  }
  const span = document.createElement("span");
  span.className = classes.join(" ");
  span.textContent = text;
  nodes.push(span);
}
