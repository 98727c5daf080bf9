// What the figures are built of. Their styles come with the first of them.

import css from "./figures.css" with { type: "text" };

export function element(name, attributes = {}, ...inside) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...inside);
  return made;
}

// The static version goes; what moves takes its place.
export function replaceWith(place, ...parts) {
  if (!document.getElementById("zth-figures")) {
    document.head.append(element("style", { id: "zth-figures" }, css));
  }
  place.classList.add("zth-live");
  place.replaceChildren(...parts);
}

// As a reader writes it: -3 with a minus sign, and no more than three decimals.
export function number(value) {
  return String(Math.round(value * 1000) / 1000 || 0).replace("-", "−");
}
