// Formulas: what arithmatex marked, \(...\) in the line and \[...\] on its own, is drawn by KaTeX.

import katex from "katex";

const STYLES = new URL("../vendor/katex/katex.min.css", import.meta.url);

function addStyles() {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = STYLES;
  return new Promise((resolve, reject) => {
    link.onload = resolve;
    link.onerror = () => reject(new Error(`${STYLES} does not come`));
    document.head.append(link);
  });
}

const styles = addStyles();

export default async function mount(element) {
  await styles;
  const source = element.textContent.trim();
  const displayMode = source.startsWith("\\[");
  element.replaceChildren(...parts(source, displayMode).map((part) => drawn(part, displayMode)));
  letKeysMove(element);
  element.dataset.zthState = "live";
}

// Formulas with \qquad between them are apart, so that on a phone the next goes below.
function parts(source, displayMode) {
  const inner = source.slice(2, -2);
  const alone = !displayMode || inner.includes("\\begin");
  return alone ? [inner] : inner.split(/(?:\\qquad\s*)+/);
}

function drawn(part, displayMode) {
  const place = document.createElement("span");
  katex.render(part, place, { displayMode, throwOnError: false });
  return place;
}

// A formula that is wider than its column is moved by the arrow keys, too.
function letKeysMove(element) {
  if (element.scrollWidth > element.clientWidth) element.tabIndex = 0;
}
