// The holds with their remaining time.

import * as clock from "./server-clock.js";
import { byId, element, matcher, paced, setAttribute, setText } from "./dom.js";
import { clockTime, count, plural, remaining, visible } from "./format.js";
import { isExpiring, kindOf } from "./holds.js";
import { rowsOf } from "./hold-rows.js";
import { Roving } from "./roving.js";
import { cards } from "./tip.js";
import { VirtualList } from "./virtual-list.js";

const REORDER = 2000; // renewals reorder the rows at most this often, so that the list stays readable
const SHOW = 100;

export class HoldsPanel {
  #holds;
  #list;
  #roving;
  #view = "ends";
  #folded = new Set();
  #expiringOnly = false;
  #search = byId("holds-search");
  #rowHeight = 36;
  #now = clock.now();
  #state = { live: false, off: false };

  constructor(holds) {
    this.#holds = holds;
    const panel = byId("holds");
    const grid = byId("holds-grid");
    this.#list = new VirtualList(byId("holds-rows"), {
      role: "rowgroup",
      key: (row) => row.key,
      height: () => this.#rowHeight,
      create: createRow,
      update: (line, row, index) => this.#update(line, row, index),
    });
    this.#roving = new Roving(this.#list, { onKey: (event, row, index) => this.#key(event, row, index) });
    this.show = paced(() => this.#show(), SHOW);
    const reorder = paced(() => this.#show(), REORDER);
    holds.listen((change) => (change === "members" ? this.show() : reorder()));

    this.#search.addEventListener("input", () => this.show());
    panel.querySelectorAll("[data-view]").forEach((button) =>
      button.addEventListener("click", () => this.#choose(button.dataset.view)),
    );
    this.#list.body.addEventListener("click", (event) => {
      const row = this.#list.items[this.#list.indexOf(this.#list.keyAt(event.target))];
      if (row?.group) {
        this.#fold(row, !this.#folded.has(row.key));
      }
    });
    cards(grid, (node) => node.closest?.(".hold"), (line) => this.#card(line.dataset.key));
    const measure = () => {
      this.#rowHeight = parseInt(getComputedStyle(grid).getPropertyValue("--row"), 10);
      this.#list.refresh();
    };
    matchMedia("(max-width: 699px)").addEventListener("change", measure);
    measure();
  }

  /** Shows only holds that expire soon, or all. */
  set expiringOnly(only) {
    this.#expiringOnly = only;
    this.show();
  }

  set state(state) {
    this.#state = state;
    this.show();
  }

  searchFor(text) {
    this.#search.value = text;
    this.show();
  }

  focusSearch() {
    this.#search.focus();
    this.#search.select();
  }

  /** Updates the remaining times. Not called while disconnected: the last status stays as it was. */
  tick() {
    this.#now = clock.now();
    if (this.#expiringOnly) {
      this.show();
    }
    this.#list.repaint();
  }

  #choose(view) {
    this.#view = view;
    document.querySelectorAll("[data-view]").forEach((button) =>
      button.setAttribute("aria-pressed", String(button.dataset.view === view)),
    );
    this.#show();
  }

  #show() {
    const matches = matcher(this.#search.value);
    const now = this.#now;
    const holds =
      matches || this.#expiringOnly
        ? this.#holds.sorted.filter((hold) => (!matches || matches(hold.text)) && (!this.#expiringOnly || isExpiring(hold, now)))
        : this.#holds.sorted;
    const shown = holds.length;
    const rows = rowsOf(holds, this.#view, this.#folded);
    const total = this.#holds.size;
    setAttribute(byId("holds-grid"), "aria-rowcount", rows.length + 1);
    this.#roving.show(rows);
    setText(byId("holds-shown"), shown === total ? "" : `${count(shown)} of ${count(total)}`);
    byId("holds-grid").hidden = rows.length === 0;
    byId("holds-empty").hidden = rows.length > 0;
    setText(byId("holds-empty"), this.#emptiness(total, matches !== null));
  }

  #emptiness(total, searching) {
    if (this.#state.off) {
      return "Holds are disabled in this service (heddle.holds.enabled).";
    }
    if (!this.#holds.synced) {
      return this.#state.live ? "Loading the holds…" : "Waiting for the service.";
    }
    if (total === 0) {
      return "No file is held. A hold appears here as soon as it is announced.";
    }
    return searching ? "No hold matches the search." : "No hold is about to expire.";
  }

  #fold(row, folded) {
    if (folded) {
      this.#folded.add(row.key);
    } else {
      this.#folded.delete(row.key);
    }
    this.#show();
  }

  #key(event, row, index) {
    if (row.group && (event.key === "Enter" || event.key === " ")) {
      this.#fold(row, !this.#folded.has(row.key));
      return true;
    }
    if (event.key === "ArrowRight") {
      if (row.group && this.#folded.has(row.key)) {
        this.#fold(row, false);
      } else if (row.group) {
        this.#roving.focus(index + 1);
      }
      return true;
    }
    if (event.key === "ArrowLeft") {
      if (row.group && !this.#folded.has(row.key)) {
        this.#fold(row, true);
      } else {
        this.#toParent(row, index);
      }
      return true;
    }
    return false;
  }

  #toParent(row, index) {
    for (let above = index - 1; above >= 0; above--) {
      if (this.#list.items[above].depth < row.depth) {
        this.#roving.focus(above);
        return;
      }
    }
  }

  #update(line, row, index) {
    const { hold } = row;
    const now = this.#now;
    const end = hold ? hold.end : row.end;
    const left = end - now;
    const soon = hold ? isExpiring(hold, now) : false;
    const p = line.parts;
    setAttribute(line, "aria-rowindex", index + 2);
    setAttribute(line, "aria-level", row.depth + 1);
    setAttribute(line, "aria-expanded", row.group ? !this.#folded.has(row.key) : undefined);
    setAttribute(line, "class", `row hold${row.group ? " group" : ""}`);
    setAttribute(line, "data-tone", soon ? "soon" : "calm");
    if (line.depth !== row.depth) {
      line.depth = row.depth;
      line.style.setProperty("--depth", row.depth);
    }
    setText(p.directory, !hold || row.name !== undefined ? "" : hold.directory);
    setText(p.name, row.name === undefined ? hold.file : visible(row.name));
    setText(p.kind, hold ? kindOf(hold) : "");
    setText(p.reason, hold ? hold.reason : "");
    setText(p.holder, hold ? (this.#view === "holders" ? "" : hold.holder) : plural(row.count, "file", "files"));
    setText(p.left, row.group ? `first in ${remaining(left)}` : left > 0 ? remaining(left) : "ended");
    const share = hold ? Math.max(0, Math.min(1, left / hold.ttl)) : 0;
    const scale = `scaleX(${share.toFixed(3)})`;
    if (p.bar.style.transform !== scale) {
      p.bar.style.transform = scale;
    }
    this.#roving.mark(line, row.key);
  }

  #card(key) {
    const { hold } = this.#list.items[this.#list.indexOf(key)] ?? {};
    if (!hold) {
      return null;
    }
    return {
      title: hold.shown,
      tone: isExpiring(hold, this.#now) ? "warn" : "quiet",
      lines: [
        ["Held by", hold.holder],
        ["Reason", hold.reason],
        ["Kind", kindOf(hold)],
        ["Checkout", hold.checkout],
        ["Renewed", clockTime(hold.claimed)],
        ["Ends", `${clockTime(hold.end)} unless renewed`],
        ["TTL", remaining(hold.ttl)],
        ["Token", hold.token],
      ],
    };
  }
}

function createRow() {
  const parts = {
    directory: element("span"),
    name: element("span", { class: "name" }),
    kind: element("span", { class: "kind" }),
    reason: element("span", { class: "why" }),
    holder: element("span", { role: "gridcell", class: "holder" }),
    bar: element("i", { class: "bar" }),
    left: element("span", { class: "left" }),
  };
  const line = element(
    "div",
    { role: "row", class: "row hold" },
    element(
      "span",
      { role: "gridcell", class: "file" },
      element("i", { class: "glyph fold", "data-glyph": "fold" }),
      element("span", { class: "directory tail" }, parts.directory),
      parts.name,
      parts.kind,
      parts.reason,
    ),
    parts.holder,
    element(
      "span",
      { role: "gridcell", class: "time" },
      element("span", { class: "track" }, parts.bar),
      element("i", { class: "glyph", "data-glyph": "soon" }),
      parts.left,
    ),
  );
  line.parts = parts;
  return line;
}
