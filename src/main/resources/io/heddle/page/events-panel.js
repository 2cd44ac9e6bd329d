// The latest events, newest first.

import { byId, element, paced, setAttribute, setText } from "./dom.js";
import { clockTime, plural, visible } from "./format.js";
import { VirtualList } from "./virtual-list.js";

const MAX_SHOWN = 500;

const HOLDS = {
  announced: ["plus", "move", "held"],
  renewed: ["again", "quiet", "renewed"],
  released: ["ok", "ok", "released"],
  forced: ["warn", "warn", "forced"],
  transferred: ["swap", "move", "transferred"],
  expired: ["soon", "warn", "expired"],
  corrupt: ["bad", "bad", "corrupt"],
  violated: ["bad", "bad", "violated"],
};

export class EventsPanel {
  #entries = []; // newest last
  #shown = [];
  #paused = false;
  #unseen = 0;
  #next = 0;
  #list;
  #renewals = byId("events-renewals");
  #pause = byId("events-pause");

  constructor() {
    const scroller = byId("events-rows");
    this.#list = new VirtualList(scroller, {
      role: "presentation",
      key: (entry) => entry.key,
      height: () => 30,
      create: createRow,
      update: (line, entry, index) => this.#update(line, entry, index),
    });
    this.show = paced(() => this.#show(), 250);
    this.#pause.addEventListener("click", () => {
      this.#paused = !this.#paused;
      this.#unseen = 0;
      setAttribute(this.#pause, "aria-pressed", this.#paused);
      setText(this.#pause, this.#paused ? "Resume" : "Pause");
      this.#show();
    });
    this.#show();
  }

  hold(type, data) {
    const kind = type === "announced" && data.renewal ? "renewed" : type === "released" ? (KINDS[data.reason] ?? "released") : type;
    if (!Object.hasOwn(HOLDS, kind) || (kind === "renewed" && !this.#renewals.checked)) {
      return;
    }
    const [glyph, tone, word] = HOLDS[kind];
    this.#add({ glyph, tone, word, what: visible(data.path ?? data.key ?? ""), who: visible(who(kind, data)) });
  }

  share({ vm, share }) {
    this.#add({ glyph: share.tone, tone: share.tone, word: share.word, what: `${vm.id} · ${share.id}`, who: share.error });
  }

  #add(entry) {
    entry.key = String(this.#next++);
    entry.time = Date.now();
    this.#entries.push(entry);
    if (this.#entries.length > 2 * MAX_SHOWN) {
      this.#entries = this.#entries.slice(-MAX_SHOWN);
    }
    if (this.#paused) {
      this.#unseen++;
    }
    this.show();
  }

  #show() {
    if (!this.#paused) {
      this.#shown = this.#entries.slice(-MAX_SHOWN).reverse();
      this.#list.set(this.#shown);
    }
    byId("events-rows").hidden = this.#shown.length === 0;
    byId("events-empty").hidden = this.#shown.length > 0;
    setText(byId("events-empty"), "No events since this page was opened.");
    setText(byId("events-shown"), this.#paused ? `paused, ${plural(this.#unseen, "new event", "new events")}` : "");
  }

  #update(line, entry, index) {
    const { time, glyph, word, what, who } = line.parts;
    setAttribute(line, "aria-posinset", index + 1);
    setAttribute(line, "aria-setsize", this.#shown.length);
    setAttribute(line, "data-tone", entry.tone);
    setText(time, clockTime(entry.time));
    setAttribute(glyph, "data-glyph", entry.glyph);
    setText(word, entry.word);
    setText(what, entry.what);
    setText(who, entry.who);
  }
}

/** Reasons of a release that are shown as an event of their own. */
const KINDS = { forced: "forced", transferred: "transferred" };

const who = (kind, data) => (kind === "forced" && data.by ? `${data.agent_id} by ${data.by}` : (data.agent_id ?? data.reason ?? ""));

function createRow() {
  const [time, word, what, who] = ["time", "word", "", "who"].map((name) => element("span", name ? { class: name } : {}));
  const glyph = element("i", { class: "glyph" });
  const line = element(
    "div",
    { role: "listitem", class: "event" },
    time,
    glyph,
    word,
    element("span", { class: "what tail" }, what),
    who,
  );
  line.parts = { time, glyph, word, what, who };
  return line;
}
