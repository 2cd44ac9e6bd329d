// The grid of VMs and their shares. VMs with a problem come first, with the reason.

import * as clock from "./server-clock.js";
import { changed, part } from "./address.js";
import { byId, element, matcher, paced, setAttribute, setText } from "./dom.js";
import { byTone, reason, stateOf, timeAndAge } from "./details.js";
import { age, count } from "./format.js";
import { isTrouble } from "./fleet.js";
import { Roving } from "./roving.js";
import { cards } from "./tip.js";
import { VirtualList } from "./virtual-list.js";

const LINE = 34;
const LINE_WITH_REASON = 58;
const NAME = 150;
const WORD = 96;
const SHAPE = 36;
const OTHERS = 72;
const MARGINS = 32;

export class FleetPanel {
  #fleet;
  #select;
  #list;
  #selected = "";
  #roving;
  #search = byId("vms-search");
  #problems = byId("vms-problems");
  #group = null;
  #columns = [];
  #others = false;
  #heading = "";
  #state = { live: false, off: false };

  /** @param select called with the id of a VM that the user selects, and a function that returns the focus */
  constructor(fleet, select) {
    this.#fleet = fleet;
    this.#select = (id) => select(id, () => this.focusBack());
    const scroller = byId("vms-rows");
    this.#list = new VirtualList(scroller, {
      role: "rowgroup",
      key: (vm) => vm.id,
      height: (vm) => (isTrouble(vm.tone) ? LINE_WITH_REASON : LINE),
      create: () => element("div", { role: "row", class: "row vm" }),
      update: (line, vm, index) => this.#update(line, vm, index),
    });
    this.#roving = new Roving(this.#list, {
      cells: (line) => [...line.children].filter((cell) => cell.role),
      onKey: (event, vm) => {
        if (event.key === "Enter") {
          this.#select(vm.id);
        }
        return event.key === "Enter";
      },
    });
    this.#list.body.addEventListener("click", (event) => {
      const id = this.#list.keyAt(event.target);
      if (id !== undefined && getSelection().isCollapsed) {
        this.#select(id);
      }
    });
    this.show = paced(() => this.#show(), 100);
    fleet.listen(() => this.show());
    this.#search.addEventListener("input", () => {
      this.show();
      changed("vm");
    });
    this.#problems.addEventListener("change", () => (this.problemsOnly = this.#problems.checked));
    part("vm", () => this.#search.value, (text) => {
      this.#search.value = text;
      this.#search.dispatchEvent(new Event("input")); // the groups are searched too
    });
    part("problems", () => (this.#problems.checked ? "only" : ""), (value) => (this.problemsOnly = value === "only"));
    new ResizeObserver(() => this.show()).observe(scroller);
    cards(byId("vms-grid"), (node) => node.closest?.("[data-card]"), (cell) => this.#card(cell));
  }

  /** Shows only VMs with a problem, or all. */
  set problemsOnly(only) {
    this.#problems.checked = only;
    setAttribute(byId("figure-trouble"), "aria-pressed", only);
    this.show();
    changed();
  }

  get problemsOnly() {
    return this.#problems.checked;
  }

  focusBack() {
    if (this.#list.items.length > 0) {
      this.#roving.refocus();
    } else {
      this.#search.focus();
    }
  }

  /** Shows only the VMs of a group; null for all. */
  set group(members) {
    this.#group = members;
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

  /** Updates the ages. */
  tick() {
    this.#list.repaint();
  }

  #show() {
    const matches = matcher(this.#search.value);
    const only = this.#problems.checked;
    const inGroup = this.#fleet.sorted().filter((vm) => !this.#group || this.#group.has(vm.id));
    const shown = inGroup.filter((vm) => (!only || isTrouble(vm.tone)) && (!matches || matches(vm.text)));
    this.#layOut(inGroup);
    this.#tally(inGroup);
    setAttribute(byId("vms-grid"), "aria-rowcount", shown.length + 1);
    byId("vms-grid").hidden = shown.length === 0;
    this.#roving.show(shown);
    setText(byId("vms-shown"), shown.length === this.#fleet.size ? "" : `${count(shown.length)} of ${count(this.#fleet.size)}`);
    byId("vms-empty").hidden = shown.length > 0;
    setText(byId("vms-empty"), this.#emptiness(only, matches !== null));
  }

  #emptiness(only, searching) {
    if (this.#state.off) {
      return "The view of all VMs is disabled in this service (heddle.fleet.enabled).";
    }
    if (!this.#fleet.synced) {
      return this.#state.live ? "Loading the VMs…" : "Waiting for the service.";
    }
    if (this.#fleet.size === 0) {
      return "No VM has reported, and no share is published.";
    }
    return searching || !only ? "No VM matches." : "No VM has a problem.";
  }

  /** The most frequent shares get a column each, as many as fit; one column sums up the others. */
  #layOut(vms) {
    const have = new Map();
    for (const vm of vms) {
      for (const id of vm.shares.keys()) {
        have.set(id, (have.get(id) ?? 0) + 1);
      }
    }
    const available = (byId("vms-rows").clientWidth || 600) - NAME - MARGINS;
    const words = have.size * WORD <= available;
    const fit = words ? have.size : Math.floor((available - (have.size * SHAPE > available ? OTHERS : 0)) / SHAPE);
    const columns = [...have]
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
      .slice(0, Math.max(1, fit))
      .map(([id]) => id)
      .sort();
    const others = columns.length < have.size;
    const grid = byId("vms-grid");
    const tracks = `minmax(${NAME}px, 1fr) repeat(${columns.length}, ${words ? WORD : SHAPE}px)${others ? ` ${OTHERS}px` : ""}`;
    const heading = [tracks, ...columns].join("\n");
    if (heading === this.#heading) {
      return;
    }
    this.#heading = heading;
    this.#columns = columns;
    this.#others = others;
    grid.dataset.density = words ? "words" : "shapes";
    grid.style.setProperty("--columns", tracks);
    setAttribute(grid, "aria-colcount", columns.length + 1 + (others ? 1 : 0));
    const heads = columns.map((id) => element("span", { role: "columnheader", title: id }, element("span", {}, id)));
    if (others) {
      heads.push(element("span", { role: "columnheader" }, element("span", {}, "others")));
    }
    byId("vms-head").replaceChildren(element("span", { role: "columnheader" }, "VM"), ...heads);
  }

  #tally(vms) {
    const tally = new Map();
    for (const vm of vms) {
      for (const { tone, word } of vm.shares.values()) {
        const name = tone === "silent" ? "silent" : word;
        const key = `${tone} ${name}`;
        const entry = tally.get(key) ?? { tone, name, n: 0 };
        entry.n++;
        tally.set(key, entry);
      }
    }
    const list = byId("vms-tally");
    const key = [...tally].map(([word, { n }]) => `${word}${n}`).join();
    if (list.dataset.key !== key) {
      list.dataset.key = key;
      list.replaceChildren(
        ...[...tally.values()].sort((a, b) => b.n - a.n).map(({ tone, name, n }) =>
          element("li", { "data-tone": tone }, element("i", { class: "glyph", "data-glyph": tone }), element("b", {}, count(n)), ` ${name}`),
        ),
      );
    }
  }

  #update(line, vm, index) {
    const cellCount = this.#columns.length + 1 + (this.#others ? 1 : 0);
    if (line.cells?.length !== cellCount) {
      build(line, cellCount);
    }
    const [name, ...cells] = line.cells;
    setAttribute(line, "aria-rowindex", index + 2);
    setAttribute(line, "data-tone", vm.tone);
    setText(line.vmName, vm.shown);
    setAttribute(line.vmGlyph, "data-glyph", vm.tone);
    setText(line.reason, isTrouble(vm.tone) ? reason(vm) : "");
    setAttribute(name, "data-card", "");
    this.#columns.forEach((id, i) => {
      const share = vm.shares.get(id);
      fill(cells[i], share, share ? `${id}: ${stateOf(share)}` : `${id}: not on this VM`);
    });
    if (this.#others) {
      const rest = [...vm.shares.values()].filter((share) => !this.#columns.includes(share.id)).sort(byTone);
      fill(cells.at(-1), rest[0], rest.length ? `${rest.length} others, worst: ${stateOf(rest[0])}` : "no others", rest.length || "");
    }
    setAttribute(line, "aria-selected", this.#selected === `vm:${vm.id}`);
    this.#roving.mark(line, vm.id);
  }

  #card(cell) {
    const line = cell.closest(".vm");
    const vm = line && this.#fleet.get(line.dataset.key);
    const column = line ? line.cells.indexOf(cell) : -1;
    const share = vm?.shares.get(this.#columns[column - 1]);
    if (!vm) {
      return null;
    }
    const seen = Number.isNaN(vm.seen) ? "never" : `${age(clock.now() - vm.seen)} ago${vm.agent === "live" ? "" : `: ${vm.agent}`}`;
    if (share) {
      return {
        title: `${share.id} on ${vm.id}: ${stateOf(share)}`,
        tone: share.tone,
        text: share.error,
        lines: [
          ["Failing since", timeAndAge(share.failingSince)],
          ["Degraded since", timeAndAge(share.degradedSince)],
          ["Since", timeAndAge(share.since)],
          ["Progress", share.progress],
          ["Attempts", share.attempts],
          ["Desired", share.desired],
          ["Reported mount point", share.mountPoint],
          ["Backend", share.backend],
          ["Last report", seen],
        ],
      };
    }
    const lines = [
      ["Last report", seen],
      ["Version", vm.version],
      ["Aliases", vm.aliases.join(", ")],
    ];
    if (column === 0 || (this.#others && column === line.cells.length - 1)) {
      for (const each of vm.shares.values()) {
        if (column === 0 || !this.#columns.includes(each.id)) {
          lines.push([each.id, stateOf(each) + (each.error ? `: ${each.error}` : "")]);
        }
      }
    }
    return { title: vm.id, tone: vm.tone, lines };
  }
}

function fill(cell, share, label, text) {
  setAttribute(cell, "data-tone", share?.tone ?? "absent");
  setAttribute(cell, "aria-label", label);
  setAttribute(cell, "data-card", share ? "" : undefined);
  setAttribute(cell.glyph, "data-glyph", share?.tone);
  setText(cell.word, String(text ?? share?.word ?? ""));
}

function build(line, count) {
  line.vmGlyph = element("i", { class: "glyph" });
  line.vmName = element("span", { class: "vm-name" });
  line.reason = element("span", { class: "reason" });
  const name = element("span", { role: "rowheader", class: "vm-head" }, line.vmGlyph, line.vmName, line.reason);
  const cells = [name];
  while (cells.length < count) {
    const glyph = element("i", { class: "glyph" });
    const word = element("span", { class: "word" });
    const cell = element("span", { role: "gridcell", class: "cell" }, element("span", { class: "tile" }, glyph, word));
    cell.glyph = glyph;
    cell.word = word;
    cells.push(cell);
  }
  line.cells = cells;
  line.replaceChildren(...cells);
}
