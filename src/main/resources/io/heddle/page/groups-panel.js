// The groups of VMs, as the other list of the panel of VMs.

import { changed, part } from "./address.js";
import { byId, element, matcher, paced, setAttribute, setText } from "./dom.js";
import { statusOf, words } from "./details.js";
import { count, plural } from "./format.js";
import { Roving } from "./roving.js";
import { VirtualList } from "./virtual-list.js";

const LINE = 54;

export class GroupsPanel {
  #groups;
  #fleet;
  #select;
  #list;
  #roving;
  #selected = "";
  #isShown = false;
  #search = byId("vms-search");

  /**
   * @param select called with the name of a group that the user selects, and a function that returns the focus
   * @param create called to create a group, with such a function
   */
  constructor(groups, fleet, { select, create }) {
    this.#groups = groups;
    this.#fleet = fleet;
    this.#select = (name) => select(name, () => this.focusBack());
    this.#list = new VirtualList(byId("groups-rows"), {
      role: "rowgroup",
      key: ({ group }) => group.name,
      height: () => LINE,
      create: createRow,
      update: (line, row, index) => this.#update(line, row, index),
    });
    this.#roving = new Roving(this.#list, {
      onKey: (event, { group }) => {
        if (event.key === "Enter") {
          this.#select(group.name);
        }
        return event.key === "Enter";
      },
    });
    this.#list.body.addEventListener("click", (event) => {
      const name = this.#list.keyAt(event.target);
      if (name !== undefined && getSelection().isCollapsed) {
        this.#select(name);
      }
    });
    this.show = paced(() => this.#isShown && this.#show(), 200);
    fleet.listen(() => this.show());
    groups.listen(() => this.show());
    this.#search.addEventListener("input", () => this.show());
    byId("groups-new").addEventListener("click", () => create(() => byId("groups-new").focus()));
    const choices = document.querySelectorAll("#vms [data-list]");
    choices.forEach((button) => button.addEventListener("click", () => this.#choose(button.dataset.list === "groups")));
    part("list", () => (this.#isShown ? "groups" : ""), (list) => this.#choose(list === "groups"));
  }

  /** Whether the caller may create a group. */
  set mayCreate(may) {
    byId("groups-new").hidden = !may;
  }

  set selected(selected) {
    this.#selected = selected;
    this.#list.repaint();
  }

  get isShown() {
    return this.#isShown;
  }

  focusBack() {
    if (this.#list.items.length > 0) {
      this.#roving.refocus();
    } else {
      this.#search.focus();
    }
  }

  #choose(groups) {
    this.#isShown = groups;
    byId("vms-list").hidden = groups;
    byId("vms-filters").hidden = groups;
    byId("groups-list").hidden = !groups;
    document.querySelectorAll("#vms [data-list]").forEach((button) => setAttribute(button, "aria-pressed", (button.dataset.list === "groups") === groups));
    setText(byId("vms-title"), groups ? "Groups of VMs" : "VMs and shares");
    if (groups) {
      this.#show();
    }
    changed();
  }

  #show() {
    const matches = matcher(this.#search.value);
    const all = this.#groups.all;
    const rows = all.filter((group) => !matches || matches(group.text)).map((group) => ({ group, status: statusOf(group, this.#fleet) }));
    setAttribute(byId("groups-grid"), "aria-rowcount", rows.length + 1);
    byId("groups-grid").hidden = rows.length === 0;
    this.#roving.show(rows);
    setText(byId("groups-shown"), rows.length === all.length ? plural(all.length, "group", "groups") : `${count(rows.length)} of ${count(all.length)}`);
    byId("groups-empty").hidden = rows.length > 0;
    setText(byId("groups-empty"), all.length > 0 ? "No group matches the search." : "There is no group. A group gives the same shares to each of its VMs.");
  }

  #update(line, { group, status }, index) {
    const p = line.parts;
    setAttribute(line, "aria-rowindex", index + 2);
    setAttribute(line, "data-tone", status.tone);
    setAttribute(line, "aria-selected", this.#selected === `group:${group.name}`);
    setAttribute(p.glyph, "data-glyph", status.tone);
    setText(p.name, group.name);
    const notes = [
      group.shares.map(({ id }) => id).join(", ") || "no shares",
      group.deleting && "being deleted",
      group.leaving.length > 0 && `${count(group.leaving.length)} leaving`,
      group.unfinished > 0 && plural(group.unfinished, "unfinished change", "unfinished changes"),
    ];
    setText(p.notes, notes.filter(Boolean).join(" · "));
    setText(p.members, count(group.vms.length));
    setText(p.status, words(status.all));
    this.#roving.mark(line, group.name);
  }
}

function createRow() {
  const parts = {
    glyph: element("i", { class: "glyph" }),
    name: element("span", { class: "vm-name" }),
    notes: element("span", { class: "notes" }),
    members: element("span", { role: "gridcell", class: "members" }),
    status: element("span", { role: "gridcell", class: "status" }),
  };
  const name = element("span", { role: "rowheader", class: "group-head" }, element("span", { class: "vm-head" }, parts.glyph, parts.name), parts.notes);
  const line = element("div", { role: "row", class: "row vm-group" }, name, parts.members, parts.status);
  line.parts = parts;
  return line;
}
