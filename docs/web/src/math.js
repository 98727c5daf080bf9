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
  katex.render(source.slice(2, -2), element, { displayMode, throwOnError: false });
  letKeysMove(element);
  element.dataset.zthState = "live";
}

// A formula that is wider than its column is moved by the arrow keys, too.
function letKeysMove(element) {
  if (element.scrollWidth > element.clientWidth) element.tabIndex = 0;
}
