// What the page shows, in the fragment of its address: panel, searches, filters and selection. A browser sends the fragment to no
// server, so that no log and no Referer has the names of files. See docs/adr/0030.

const parts = new Map();
let shown = ""; // the fragment of what the page shows
let typing = ""; // the part that the user edits; its next change replaces the entry of the history
let applying = false;

/**
 * Adds a part of the address.
 *
 * @param name of the parameter
 * @param get () -> its value; empty for the default, which the address leaves out
 * @param set (value) -> shows it; unknown values are those of someone's old link, and mean the default
 */
export function part(name, get, set) {
  parts.set(name, { get, set });
}

/** To be called after the user changed a part. With a kind, the changes of the same kind that follow make one entry of the history. */
export function changed(kind = "") {
  if (applying) {
    return;
  }
  const next = fragment();
  if (next !== shown) {
    const replaces = kind !== "" && kind === typing;
    history[replaces ? "replaceState" : "pushState"](null, "", next ? `#${next}` : location.pathname + location.search);
    shown = next;
    typing = kind;
  }
}

/** The address of this page with other values of some parts. */
export const addressWith = (values) => `#${fragment(values)}`;

/** Shows what the address says, now and when the user goes back or forward. To be called once, after all parts were added. */
export function start() {
  addEventListener("popstate", apply);
  document.addEventListener("change", () => (typing = ""), { capture: true }); // the user has left the field
  apply();
}

function apply() {
  const values = new URLSearchParams(location.hash.slice(1));
  applying = true;
  try {
    parts.forEach(({ set }, name) => set(values.get(name) ?? ""));
  } finally {
    applying = false;
  }
  shown = fragment();
  typing = "";
}

function fragment(values = {}) {
  const all = new URLSearchParams();
  for (const [name, { get }] of parts) {
    const value = values[name] ?? get();
    if (value) {
      all.set(name, value);
    }
  }
  return all.toString().replace(/%2F/g, "/").replace(/%3A/g, ":");
}
