// The sessions of coding agents and the other holders, each with its files.

import * as clock from "./server-clock.js";
import { changed, part } from "./address.js";
import { byId, element, every, matcher, paced, setAttribute, setText } from "./dom.js";
import { age, clockTime, count, plural, remaining, visible } from "./format.js";
import { isExpiring, kindOf } from "./holds.js";
import { Roving } from "./roving.js";
import { cards } from "./tip.js";
import { VirtualList } from "./virtual-list.js";

const REFRESH = 2_000;
const SOON = 500; // after a change of holds
const SHOW = 100;
const TICK = 1_000;
// Heights, as in agents.css: of one, two and three lines.
const FILE = 32;
const FILE_WITH_REASON = 50;
const SESSION = 54;
const SESSION_THAT_WAITS = 74;
const TWISTY = 34; // the width at the beginning of a row that folds it

export class AgentsPanel {
  #holds;
  #agents;
  #list;
  #selected = "";
  #roving;
  #select;
  #release;
  #panel = byId("agents");
  #search = byId("agents-search");
  #files = byId("agents-files");
  #toggled = new Set(); // the sessions that are not folded as the check box says
  #admin = false;
  #state = { live: false, off: false };

  /**
   * @param select called with the kind and the id of what the user selects, and a function that returns the focus
   * @param release called with the holds to release by force, and such a function
   */
  constructor(holds, agents, { select, release }) {
    this.#holds = holds;
    this.#agents = agents;
    this.#select = ({ agent, hold }) => select(...(hold ? ["hold", hold.key] : ["session", agent.id]), () => this.focusBack());
    this.#release = release;
    this.#list = new VirtualList(byId("agents-rows"), {
      role: "rowgroup",
      key: (row) => row.key,
      height: ({ agent, hold }) =>
        hold ? (hold.reason || kindOf(hold) ? FILE_WITH_REASON : FILE) : agent.waitsFor.length > 0 ? SESSION_THAT_WAITS : SESSION,
      create: createRow,
      update: (line, row, index) => this.#update(line, row, index),
    });
    this.#roving = new Roving(this.#list, {
      cells: (line) => (line.parts.release.hidden ? [line] : [line, line.parts.release]),
      onKey: (event, row, index) => this.#key(event, row, index),
    });
    this.show = paced(() => this.#isVisible && this.#show(), SHOW);
    const refresh = paced(() => this.#refresh().catch(() => {}), SOON); // the streams report the connection
    this.refresh = refresh;
    agents.listen(() => this.show());
    holds.listen((change) => {
      if (change === "members") {
        this.show();
        refresh();
      }
    });
    every(REFRESH, () => this.#refresh());
    setInterval(() => this.#isVisible && this.#state.live && this.#list.repaint(), TICK);
    const shown = () => {
      this.show();
      refresh();
    };
    new ResizeObserver(shown).observe(this.#panel);
    document.addEventListener("visibilitychange", shown);
    this.#search.addEventListener("input", () => this.searchFor(this.#search.value, "agent"));
    this.#files.addEventListener("change", () => this.#showFiles(this.#files.checked));
    part("agent", () => this.#search.value, (text) => this.searchFor(text));
    part("files", () => (this.#files.checked ? "" : "hidden"), (value) => this.#showFiles(value !== "hidden"));
    this.#list.body.addEventListener("click", (event) => this.#click(event));
    cards(byId("agents-grid"), (node) => (node.closest?.("button") ? null : node.closest?.(".agent")), (line) => this.#card(line));
  }

  searchFor(text, kind) {
    this.#search.value = text;
    this.show();
    changed(kind);
  }

  #showFiles(show) {
    this.#files.checked = show;
    this.#toggled.clear();
    this.show();
    changed();
  }

  /** Whether the caller may release by force. */
  set admin(admin) {
    this.#admin = admin;
    setAttribute(byId("agents-grid"), "data-admin", admin);
    byId("agents-force").hidden = !admin;
    this.#list.repaint();
  }

  /** What the drawer shows: its kind, a colon and its id. */
  set selected(selected) {
    this.#selected = selected;
    this.#list.repaint();
  }

  set state(state) {
    this.#state = state;
    this.show();
    this.refresh();
  }

  get #isVisible() {
    return !document.hidden && this.#panel.checkVisibility();
  }

  async #refresh() {
    if (this.#isVisible && this.#state.live && !this.#agents.off) {
      await this.#agents.load();
    }
  }

  #show() {
    const matches = matcher(this.#search.value);
    const all = this.#agents.all();
    const rows = [];
    let shown = 0;
    for (const agent of all) {
      const whole = !matches || matches(agent.text);
      const holds = whole ? agent.holds : agent.holds.filter((hold) => matches(`${agent.text}\n${hold.text}`));
      if (whole || holds.length > 0) {
        shown++;
        rows.push({ key: `session:${agent.id}`, agent });
        if (this.#isOpen(agent)) {
          holds.forEach((hold) => rows.push({ key: `hold:${hold.agent}\0${hold.key}`, agent, hold }));
        }
      }
    }
    const hadFocus = this.#list.body.contains(document.activeElement);
    setAttribute(byId("agents-grid"), "aria-rowcount", rows.length + 1);
    this.#roving.show(rows);
    setText(byId("agents-shown"), shown === all.length ? summary(all) : `${count(shown)} of ${count(all.length)}`);
    byId("agents-grid").hidden = rows.length === 0;
    byId("agents-empty").hidden = rows.length > 0;
    setText(byId("agents-empty"), this.#emptiness(all.length));
    if (hadFocus && rows.length === 0) {
      this.#search.focus();
    }
  }

  #emptiness(total) {
    if (this.#state.off) {
      return "Holds are disabled in this service (heddle.holds.enabled).";
    }
    if (!this.#holds.synced) {
      return this.#state.live ? "Loading the agents…" : "Waiting for the service.";
    }
    return total > 0 ? "No agent matches the search." : "No agent is in contact. It appears here as soon as it holds a file.";
  }

  #isOpen(agent) {
    return this.#files.checked !== this.#toggled.has(agent.id);
  }

  #fold(agent) {
    if (!this.#toggled.delete(agent.id)) {
      this.#toggled.add(agent.id);
    }
    this.#show();
  }

  #click(event) {
    const row = this.#list.items[this.#list.indexOf(this.#list.keyAt(event.target))];
    if (row && event.target.closest("button")) {
      this.#release(row.hold ? [row.hold] : row.agent.holds, () => this.focusBack());
    } else if (row && !row.hold && row.agent.holds.length > 0 && event.clientX - this.#panel.getBoundingClientRect().left < TWISTY) {
      this.#fold(row.agent);
    } else if (row && getSelection().isCollapsed) {
      this.#select(row);
    }
  }

  #key(event, { agent, hold }, index) {
    if (event.target.closest("button")) {
      return false;
    }
    if (event.key === "Home" || event.key === "End") {
      this.#roving.focus(event.key === "Home" ? 0 : Infinity);
      return true;
    }
    const folds = !hold && agent.holds.length > 0;
    if (event.key === "Enter") {
      this.#select({ agent, hold });
      return true;
    }
    if (folds && event.key === " ") {
      this.#fold(agent);
      return true;
    }
    if (folds && event.key === (this.#isOpen(agent) ? "ArrowLeft" : "ArrowRight")) {
      this.#fold(agent);
      return true;
    }
    if (hold && event.key === "ArrowLeft") {
      const rows = this.#list.items;
      this.#roving.focus(rows.findLastIndex((row, i) => i < index && !row.hold));
      return true;
    }
    return false;
  }

  focusBack() {
    if (this.#list.items.length > 0) {
      this.#roving.refocus();
    } else {
      this.#search.focus();
    }
  }

  #update(line, { key, agent, hold }, index) {
    const p = line.parts;
    const left = hold ? hold.end - clock.now() : 0;
    setAttribute(line, "aria-rowindex", index + 2);
    setAttribute(line, "aria-level", hold ? 2 : 1);
    setAttribute(line, "aria-expanded", hold || agent.holds.length === 0 ? undefined : this.#isOpen(agent));
    setAttribute(line, "class", hold ? "row agent file-of" : `row agent${agent.holds.length > 0 ? " group" : ""}`);
    setAttribute(line, "data-tone", hold && isExpiring(hold, clock.now()) ? "soon" : agent.inContact ? "calm" : "silent");
    setText(p.tool, hold ? "" : agent.tool);
    setText(p.directory, hold ? hold.directory : "");
    setText(p.name, hold ? hold.file : agent.name);
    setText(p.kind, hold ? kindOf(hold) : "");
    setText(p.details, hold ? hold.reason : details(agent));
    this.#waits(p, hold ? [] : agent.waitsFor, agent);
    setText(p.when, hold ? (left > 0 ? remaining(left) : "ended") : contact(agent));
    const useless = !this.#admin || (!hold && agent.holds.length === 0);
    if (useless && document.activeElement === p.release) {
      line.focus({ preventScroll: true });
    }
    p.release.hidden = useless;
    setText(p.release, hold ? "Release" : "Release all");
    setAttribute(p.release, "aria-label", hold ? `Release ${hold.shown} by force` : `Release all files of ${agent.shown} by force`);
    setAttribute(line, "aria-selected", this.#selected === (hold ? `hold:${hold.key}` : `session:${agent.id}`));
    this.#roving.mark(line, key);
  }

  #waits(parts, [path, ...others], agent) {
    const holders = path && this.#holdersOf(path, agent);
    const more = others.length > 0 ? `, and for ${count(others.length)} more` : "";
    parts.waits.hidden = !path;
    setText(parts.waitsFor, path ? visible(path) : "");
    setText(parts.heldBy, (holders ? `, held by ${holders}` : "") + more);
  }

  #holdersOf(path, agent) {
    const holders = new Set(this.#holds.overlapping(path).map((hold) => hold.holder));
    holders.delete(agent.shown);
    const [first, ...others] = holders;
    return first && `${first}${others.length > 0 ? ` and ${plural(others.length, "other", "others")}` : ""}`;
  }

  #card(line) {
    const { agent, hold } = this.#list.items[this.#list.indexOf(line.dataset.key)] ?? {};
    if (!agent) {
      return null;
    }
    if (hold) {
      return {
        title: hold.shown,
        lines: [
          ["Held by", hold.holder],
          ["Reason", hold.reason],
          ["Kind", kindOf(hold)],
          ["Renewed", clockTime(hold.claimed)],
          ["Ends", `${clockTime(hold.end)} unless renewed`],
          ["Token", hold.token],
        ],
      };
    }
    return {
      title: agent.shown,
      lines: [
        ["Tool", agent.tool],
        ["User", agent.user],
        ["Host", agent.host],
        ["Project", agent.project],
        ["Checkout", agent.checkout],
        ["Last contact", agent.inContact ? clockTime(agent.lastContact) : "not with this replica; known from the bucket"],
        ...agent.waitsFor.map((path) => ["Waits for", [visible(path), this.#holdersOf(path, agent)].filter(Boolean).join(", held by ")]),
      ],
    };
  }
}

function summary(agents) {
  const sessions = agents.filter((agent) => agent.inContact).length;
  const waiting = agents.filter((agent) => agent.waitsFor.length > 0).length;
  return [
    sessions > 0 && plural(sessions, "session", "sessions"),
    sessions < agents.length && plural(agents.length - sessions, "other holder", "other holders"),
    waiting > 0 && `${count(waiting)} waiting`,
  ]
    .filter(Boolean)
    .join(", ");
}

const details = (agent) =>
  [agent.inContact ? agent.place : agent.checkout, agent.project, plural(agent.holds.length, "file", "files")].filter(Boolean).join(" · ");

const contact = (agent) => (agent.inContact ? `${age(clock.now() - agent.lastContact)} ago` : "");

function createRow() {
  const part = (name, ...text) => element("span", { class: name }, ...text);
  const parts = {
    tool: part("agent-tool"),
    directory: element("span"),
    name: part("name"),
    kind: part("kind"),
    details: part("agent-details"),
    waitsFor: element("span"),
    heldBy: part("held-by"),
    when: element("span", { role: "gridcell", class: "when" }),
    release: element("button", { type: "button", class: "tool" }),
  };
  parts.waits = element(
    "span",
    { class: "agent-line agent-waits" },
    element("i", { class: "glyph", "data-glyph": "soon" }),
    part("waits-for", "waits for "),
    element("span", { class: "tail" }, parts.waitsFor),
    parts.heldBy,
  );
  const line = element(
    "div",
    { role: "row" },
    element(
      "span",
      { role: "gridcell", class: "agent-cell" },
      element(
        "span",
        { class: "agent-line" },
        element("i", { class: "glyph fold", "data-glyph": "fold" }),
        parts.tool,
        element("span", { class: "directory tail" }, parts.directory),
        parts.name,
      ),
      element("span", { class: "agent-line" }, parts.kind, parts.details),
      parts.waits,
    ),
    parts.when,
    element("span", { role: "gridcell", class: "act" }, parts.release),
  );
  line.parts = parts;
  return line;
}
