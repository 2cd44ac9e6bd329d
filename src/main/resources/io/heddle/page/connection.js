// Shows whether the page is connected, and therefore current.

import { byId, setAttribute, setText } from "./dom.js";
import { clockTime } from "./format.js";

const GLYPHS = { live: "ok", connecting: "move", lost: "bad", unready: "warn", unauthorised: "unknown" };

export class Connection {
  #streams = new Map();
  #since = new Map();
  #unready = "";
  #everLive = false;

  /** @param name of a stream, @param state reported by the stream */
  set(name, state) {
    if (state.name === "live" || state.name === "off") {
      this.#everLive = true;
      this.#since.delete(name);
    } else if (!this.#since.has(name)) {
      this.#since.set(name, Date.now());
    }
    this.#streams.set(name, state);
    this.show();
  }

  /** @param reason why the service is not ready; empty if it is */
  set unready(reason) {
    this.#unready = reason;
    this.show();
  }

  get name() {
    const names = [...this.#streams.values()].map((state) => state.name);
    const worst = ["unauthorised", "lost", "connecting"].find((name) => names.includes(name));
    return worst ?? (this.#unready ? "unready" : "live");
  }

  show() {
    const name = this.name;
    const p = byId("connection");
    setAttribute(p, "data-state", name);
    setAttribute(document.documentElement, "data-live", name === "live" || name === "unready");
    setAttribute(p.querySelector(".glyph"), "data-glyph", GLYPHS[name]);
    setText(byId("connection-text"), this.#text(name));
  }

  #text(name) {
    const lost = [...this.#streams.values()].find((state) => state.name === "lost");
    const since = this.#since.size > 0 ? clockTime(Math.min(...this.#since.values())) : "";
    switch (name) {
      case "live":
        return "Live";
      case "unready":
        return `Connected, but the service is not ready: ${this.#unready}`;
      case "unauthorised":
        return "Not signed in";
      case "lost":
        return `Not connected since ${since}: ${lost.reason}. Reconnecting automatically.`;
      default:
        return this.#everLive ? `Reconnecting since ${since}…` : "Connecting…";
    }
  }
}
