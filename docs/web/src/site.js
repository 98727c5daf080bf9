// On every page. Finds what moves in it, and fetches the code of that only when it is wanted.

const NEAR = "400px";

const near = new IntersectionObserver(
  (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => start(entry.target)),
  { rootMargin: NEAR },
);

// A module that does not come, or fails, leaves the static version where it is.
async function start(element) {
  near.unobserve(element);
  const name = element.dataset.zth;
  try {
    const module = await import(new URL(`${name}.js`, import.meta.url));
    await module.default(element);
    element.dataset.zthState = "live";
  } catch (error) {
    element.dataset.zthState = "failed";
    console.error(`zth: ${name} does not run:`, error);
  }
}

async function renderFormulas(elements) {
  const { default: mount } = await import("./math.js");
  elements.forEach(mount);
}

function within(root, selector) {
  const found = [...root.querySelectorAll(selector)];
  return root.matches(selector) ? [root, ...found] : found;
}

function scan(root) {
  within(root, "[data-zth]:not([data-zth-state])").forEach((element) => {
    element.dataset.zthState = "waiting";
    near.observe(element);
  });
  const formulas = within(root, ".arithmatex:not([data-zth-state])");
  formulas.forEach((element) => (element.dataset.zthState = "waiting"));
  if (formulas.length > 0) renderFormulas(formulas);
}

// The theme makes parts of a page later: annotations in code, results of a search.
function watch() {
  new MutationObserver((records) => {
    const added = records.flatMap((record) => [...record.addedNodes]);
    added.filter((node) => node instanceof HTMLElement && node.isConnected).forEach(scan);
  }).observe(document.body, { childList: true, subtree: true });
}

scan(document.body);
watch();
