// Functions on the document. Text is inserted as text: nothing here parses markup.

export const byId = (id) => document.getElementById(id);

/** Creates an element with attributes (undefined ones are left out) and children (strings become text). */
export function element(name, attributes = {}, ...children) {
  const created = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) {
      created.setAttribute(key, value);
    }
  }
  created.append(...children);
  return created;
}

/** Writes text only if it differs: an unchanged node causes no layout and no screen reader announcement. */
export function setText(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

export function setAttribute(node, name, value) {
  if (value === undefined || value === null) {
    if (node.hasAttribute(name)) {
      node.removeAttribute(name);
    }
  } else if (node.getAttribute(name) !== String(value)) {
    node.setAttribute(name, value);
  }
}

/** Matches texts that contain all words, in any order and case. */
export function matcher(query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return words.length === 0 ? null : (text) => words.every((word) => text.includes(word));
}

/**
 * Runs a task soon, but for at most 5 % of the time: a task that took 20 ms runs again after 400 ms at the earliest.
 *
 * @param floor the minimum time between two runs, in milliseconds
 */
export function paced(task, floor) {
  let timer = 0;
  let earliest = 0;
  return () => {
    if (timer !== 0) {
      return;
    }
    timer = setTimeout(() => {
      timer = 0;
      const began = performance.now();
      task();
      const ended = performance.now();
      earliest = ended + Math.max(floor, 20 * (ended - began));
    }, Math.max(0, earliest - performance.now()));
  };
}

/** Runs a task now and at intervals while the page is visible. A failure is retried at the next interval: the streams report the connection. */
export function every(millis, task) {
  const run = () => document.hidden || task().catch(() => {});
  run();
  setInterval(run, millis);
}

/**
 * Shows items as the children of an element, and keeps the element of an item while the item has the same key.
 *
 * @param create (item) -> element, @param update (element, item)
 */
export function keyed(parent, items, keyOf, create, update) {
  const before = new Map([...parent.children].map((child) => [child.itemKey, child]));
  let next = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let child = before.get(key);
    before.delete(key);
    if (!child) {
      child = create(item);
      child.itemKey = key;
    }
    if (child === next) {
      next = next.nextElementSibling;
    } else {
      parent.insertBefore(child, next);
    }
    update(child, item);
  }
  before.forEach((child) => child.remove());
}
