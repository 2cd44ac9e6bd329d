// The drawer: everything known of the selected hold, holder, VM or group. It is a region beside the panels, which stay usable. Its
// elements are kept while their values change, so that selected text and the focus stay.

import { addressWith, changed, part } from "./address.js";
import { byId, element, keyed, paced, setAttribute, setText } from "./dom.js";
import { visible } from "./format.js";

const REFRESH = 500;

const drawer = byId("drawer");
const title = byId("drawer-title");
const sections = byId("drawer-sections");
const command = byId("drawer-command");
const copied = byId("drawer-copied");

export class Drawer {
  #describe;
  #panels;
  #kind = "";
  #id = "";
  #last = null; // what was known last, shown also after the end of the hold, session, VM or group
  #command = "";
  #back = null;

  /**
   * @param describe (kind, id) -> {kind, title, tone, sections, command, panel}, or null if there is none
   * @param panels {show(name), select(what), focusBack(name)}: the panel of that name gets the focus if the drawer was opened by a link
   */
  constructor(describe, panels) {
    this.#describe = describe;
    this.#panels = panels;
    this.refresh = paced(() => this.#show(), REFRESH);
    byId("drawer-close").addEventListener("click", () => this.close());
    byId("drawer-copy").addEventListener("click", () => this.#copy());
    drawer.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented) {
        event.preventDefault();
        this.close();
      }
    });
    drawer.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-open]");
      if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
        event.preventDefault();
        const [kind, id] = split(link.dataset.open);
        this.open(kind, id);
      }
    });
    part("open", () => (this.#kind ? `${this.#kind}:${this.#id}` : ""), (value) => this.#select(...split(value)));
  }

  /**
   * Shows a hold, holder, VM or group, and moves the focus to it.
   *
   * @param back called when the drawer is closed, to return the focus; absent if the drawer keeps the one that it has
   */
  open(kind, id, back) {
    this.#back = back ?? this.#back;
    this.#select(kind, id);
    if (this.#last?.panel) {
      this.#panels.show(this.#last.panel);
    }
    changed();
    title.focus();
  }

  close() {
    const back = this.#back ?? (() => this.#panels.focusBack(this.#last?.panel));
    this.#select("", "");
    changed();
    back();
  }

  #select(kind, id) {
    if (kind === this.#kind && id === this.#id) {
      return;
    }
    this.#kind = kind;
    this.#id = id;
    this.#panels.select(kind ? `${kind}:${id}` : "");
    this.#last = null;
    if (!kind) {
      this.#back = null;
    }
    setAttribute(document.body, "data-drawer", kind ? "open" : undefined);
    drawer.hidden = !kind;
    sections.replaceChildren();
    setText(copied, "");
    this.#show();
    byId("drawer-body").scrollTop = 0;
  }

  #show() {
    if (!this.#kind) {
      return;
    }
    const now = this.#describe(this.#kind, this.#id);
    this.#last = now ?? this.#last;
    const shown = this.#last ?? { kind: "", title: visible(this.#id), tone: "quiet", sections: [], command: "" };
    setText(byId("drawer-kind"), shown.kind);
    setText(title, shown.title);
    setAttribute(drawer, "data-tone", shown.tone);
    byId("drawer-gone").hidden = now !== null;
    setText(byId("drawer-gone"), this.#last ? "It does not exist any more. This is what was known last." : "Not found here: it has ended, or is not known yet.");
    setAttribute(drawer, "data-gone", now === null);
    keyed(sections, shown.sections, (section) => section.title ?? "", createSection, updateSection);
    this.#command = shown.command;
    byId("drawer-shell").hidden = !shown.command;
    setText(command, visible(shown.command));
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.#command);
      setText(copied, "Copied.");
    } catch {
      getSelection().selectAllChildren(command); // without TLS a page may not write to the clipboard
      setText(copied, "Selected: copy it with the keyboard.");
    }
  }
}

function split(value) {
  const colon = value.indexOf(":");
  return colon < 0 ? ["", ""] : [value.slice(0, colon), value.slice(colon + 1)];
}

/** A link that opens something in the drawer. */
export const link = (kind, id, text) => ({ open: `${kind}:${id}`, text: visible(text) });

/** A section: {title, word, tone, text, facts: [[name, value]], items: [{open, text, note, tone}], more, actions: [{text, label, run}]}. */
function createSection({ title: heading }) {
  const section = element("section");
  section.parts = {
    heading: element("h3"),
    name: element("span"),
    word: element("span", { class: "state" }),
    text: element("p", { class: "problem" }),
    facts: element("dl"),
    items: element("ul", { class: "links" }),
    more: element("p", { class: "more" }),
    actions: element("div", { class: "actions" }),
  };
  const { heading: head, name, word, text, facts, items, more, actions } = section.parts;
  head.append(name, word);
  head.hidden = !heading;
  section.append(head, text, facts, items, more, actions);
  return section;
}

function updateSection(section, shown) {
  const p = section.parts;
  const facts = (shown.facts ?? []).filter(([, value]) => value !== undefined && value !== null && value !== "" && value.length !== 0);
  const actions = shown.actions ?? [];
  setAttribute(section, "data-tone", shown.tone);
  setText(p.name, shown.title ?? "");
  setText(p.word, shown.word ?? "");
  setText(p.text, shown.text ?? "");
  setText(p.more, shown.more ?? "");
  keyed(p.facts, facts, ([name]) => name, createFact, updateFact);
  keyed(p.items, shown.items ?? [], (item) => item.open, () => element("li"), updateItem);
  keyed(p.actions, actions, (action) => action.text, createAction, updateAction);
  for (const part of [p.text, p.more]) {
    part.hidden = part.textContent === "";
  }
  for (const part of [p.facts, p.items, p.actions]) {
    part.hidden = part.childElementCount === 0;
  }
}

function createFact([name]) {
  return element("div", {}, element("dt", {}, name), element("dd"));
}

function updateFact(fact, [, value]) {
  const text = fact.lastChild;
  if (Array.isArray(value)) {
    keyed(text, value, (item) => item.open, createLink, updateLink);
  } else {
    setText(text, String(value));
  }
}

function updateItem(line, item) {
  if (!line.parts) {
    line.parts = { link: createLink(item), note: element("span", { class: "note" }) };
    line.append(line.parts.link, line.parts.note);
  }
  updateLink(line.parts.link, item);
  setText(line.parts.note, item.note ?? "");
  setAttribute(line, "data-tone", item.tone);
}

const createLink = (item) => element("a", { "data-open": item.open });

function updateLink(anchor, item) {
  setAttribute(anchor, "href", addressWith({ open: item.open }));
  setText(anchor, item.text);
}

function createAction() {
  const button = element("button", { type: "button", class: "tool" });
  button.addEventListener("click", () => button.run());
  return button;
}

function updateAction(button, action) {
  button.run = action.run;
  setText(button, action.text);
  setAttribute(button, "aria-label", action.label);
}
