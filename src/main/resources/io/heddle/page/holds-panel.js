// The holds with their remaining time.

import * as clock from "./server-clock.js";
import { changed, part } from "./address.js";
import { byId, element, matcher, paced, setAttribute, setText } from "./dom.js";
import { clockTime, count, plural, remaining, visible } from "./format.js";
import { isExpiring, kindOf } from "./holds.js";
import { rowsOf } from "./hold-rows.js";
import { Roving } from "./roving.js";
import { cards } from "./tip.js";
import { VirtualList } from "./virtual-list.js";

const REORDER = 2000; // renewals reorder the rows at most this often, so that the list stays readable
const SHOW = 100;
const VIEWS = ["ends", "files", "holders"];

export class HoldsPanel {
  #holds;
  #select;
  #list;
  #selected = "";
  #roving;
  #view = VIEWS[0];
  #folded = new Set();
  #expiringOnly = false;
  #search = byId("holds-search");
  #rowHeight = 36;
  #now = clock.now();
  #state = { live: false, off: false };

  /** @param select called with the key of a hold that the user selects, and a function that returns the focus */
  constructor(holds, select) {
    this.#holds = holds;
    this.#select = (row) => select(row.key, () => this.focusBack());
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

    this.#search.addEventListener("input", () => this.searchFor(this.#search.value, "q"));
    part("q", () => this.#search.value, (text) => this.searchFor(text));
    part("order", () => (this.#view === VIEWS[0] ? "" : this.#view), (view) => this.#choose(VIEWS.includes(view) ? view : VIEWS[0]));
    panel.querySelectorAll("[data-view]").forEach((button) =>
      button.addEventListener("click", () => this.#choose(button.dataset.view)),
    );
    this.#list.body.addEventListener("click", (event) => {
      const row = this.#list.items[this.#list.indexOf(this.#list.keyAt(event.target))];
      if (row?.group) {
        this.#fold(row, !this.#folded.has(row.key));
      } else if (row && getSelection().isCollapsed) {
        this.#select(row);
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

  /** What the drawer shows: its kind, a colon and its id. */
  set selected(selected) {
    this.#selected = selected;
    this.#list.repaint();
  }

  set state(state) {
    this.#state = state;
    this.show();
  }

  /** @param kind of the change, for the address */
  searchFor(text, kind) {
    this.#search.value = text;
    this.show();
    changed(kind);
  }

  focusBack() {
    if (this.#list.items.length > 0) {
      this.#roving.refocus();
    } else {
      this.#search.focus();
    }
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
    changed();
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
    if (event.key === "Enter") {
      this.#select(row);
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
    setAttribute(line, "aria-selected", !row.group && this.#selected === `hold:${row.key}`);
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
