// The few things that every part does with the document. Text goes in as text only: nothing here parses markup.

export const byId = (id) => document.getElementById(id);

/** Makes an element with attributes (undefined ones are left out) and children (strings become text). */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) {
      made.setAttribute(key, value);
    }
  }
  made.append(...children);
  return made;
}

/** Writes text only where it differs: an unchanged node costs neither layout nor an announcement. */
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

/** All words must occur, in any order, whatever their case. */
export function matcher(query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return words.length === 0 ? null : (text) => words.every((word) => text.includes(word));
}

/**
 * Runs a task soon and never more often than a small share of the time allows: what took 20 ms is not done again for 400 ms.
 *
 * @param floor the least time between two runs, in milliseconds
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

/** Now and then, and now, while somebody looks. What fails is tried again next time; the connection is told of elsewhere. */
export function every(millis, task) {
  const run = () => document.hidden || task().catch(() => {});
  run();
  setInterval(run, millis);
}
