// A card with details of the element under the pointer or with the focus. It stays open while the pointer is on it, closes on
// Escape, and is the accessible description of the element. https://www.w3.org/TR/WCAG22/#content-on-hover-or-focus

import { byId, element } from "./dom.js";

const DELAY = 200;
const GAP = 6;
const tip = byId("tip");
let target = null;
let timer = 0;

/**
 * Adds a card to elements of a container.
 *
 * @param find (element) -> the element that the card belongs to, or null
 * @param write (element) -> {title, tone, lines: [[name, value]], text}, or null for none
 */
export function cards(container, find, write) {
  container.addEventListener("pointerover", (event) => {
    const found = find(event.target);
    if (found && found !== target && event.pointerType !== "touch") {
      later(() => show(found, write));
    }
  });
  container.addEventListener("pointerout", (event) => {
    if (!inside(event.relatedTarget)) {
      later(() => document.activeElement !== target && hide());
    }
  });
  container.addEventListener("focusin", (event) => {
    const found = find(event.target);
    if (found && found.matches(":focus-visible, :active")) {
      clearTimeout(timer);
      show(found, write);
    }
  });
  container.addEventListener("focusout", hide);
  container.addEventListener("scroll", hide, { capture: true, passive: true });
  container.addEventListener("click", hide); // which opens the drawer
}

tip.addEventListener("pointerenter", () => clearTimeout(timer));
tip.addEventListener("pointerleave", () => later(hide));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    hide();
  }
});

function later(task) {
  clearTimeout(timer);
  timer = setTimeout(task, DELAY);
}

const inside = (node) => node instanceof Node && (tip.contains(node) || target?.contains(node));

function show(found, write) {
  const card = found.isConnected ? write(found) : null;
  if (!card) {
    hide();
    return;
  }
  target?.removeAttribute("aria-describedby");
  target = found;
  const list = element("dl");
  for (const [name, value] of card.lines) {
    if (value !== "" && value !== undefined && value !== null) {
      list.append(element("dt", {}, name), element("dd", {}, String(value)));
    }
  }
  tip.replaceChildren(element("strong", {}, card.title));
  if (card.text) {
    tip.append(element("p", { class: "error" }, card.text));
  }
  tip.append(list);
  tip.dataset.tone = card.tone ?? "quiet";
  tip.hidden = false;
  place(found.getBoundingClientRect());
  found.setAttribute("aria-describedby", "tip");
}

function place(at) {
  const { offsetWidth: width, offsetHeight: height } = tip;
  const left = Math.max(8, Math.min(at.left, document.documentElement.clientWidth - width - 8));
  const below = at.bottom + GAP + height <= innerHeight;
  tip.style.left = `${left}px`;
  tip.style.top = `${below ? at.bottom + GAP : Math.max(8, at.top - GAP - height)}px`;
}

function hide() {
  clearTimeout(timer);
  target?.removeAttribute("aria-describedby");
  target = null;
  tip.hidden = true;
}
