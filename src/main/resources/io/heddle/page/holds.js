// The live holds, as the events tell them.

import { visible } from "./format.js";

const SOON = 15_000;

/** It ends soon, and nobody renewed it: a lease does when two thirds of its time are left, so half is late. */
export const isRunningOut = (hold, now) => hold.end - now < Math.min(SOON, hold.ttl / 2);

export class Holds {
  #byPath = new Map();
  #sorted = []; // by path, always: sorting anew at each change is what 10,000 holds would make felt
  #arriving = null; // a snapshot that is not complete yet; what was known before stays in sight until it is
  #listeners = [];
  synced = false;

  /** @param listener called with "members" when holds came or went, "times" when they only were renewed */
  listen(listener) {
    this.#listeners.push(listener);
  }

  /** Whether what comes now is news, and not part of a snapshot. */
  get isLive() {
    return this.synced && this.#arriving === null;
  }

  get size() {
    return this.#byPath.size;
  }

  /** All, by path. Not to be changed. */
  get sorted() {
    return this.#sorted;
  }

  runningOut(now) {
    let found = 0;
    for (const hold of this.#sorted) {
      if (isRunningOut(hold, now)) {
        found++;
      }
    }
    return found;
  }

  /** A connection that cannot take up where the last one ended begins with a snapshot. */
  begin() {
    this.#arriving = new Map();
  }

  /** @param type of an event of /holds/events, @param data its payload */
  apply(type, data) {
    switch (type) {
      case "reset":
        this.begin();
        break;
      case "synced":
        this.#complete();
        break;
      case "announced":
        this.#announced(toHold(data));
        break;
      case "released":
      case "expired":
        this.#ended(data.path);
        break;
    }
  }

  #complete() {
    if (this.#arriving) {
      this.#byPath = this.#arriving;
      this.#arriving = null;
      this.#sorted = [...this.#byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
    }
    this.synced = true;
    this.#tell("members");
  }

  #announced(hold) {
    if (this.#arriving) {
      this.#arriving.set(hold.path, hold);
      return;
    }
    const known = this.#byPath.get(hold.path);
    if (known) {
      Object.assign(known, hold);
      this.#tell("times");
    } else {
      this.#byPath.set(hold.path, hold);
      this.#sorted.splice(this.#place(hold.path), 0, hold);
      this.#tell("members");
    }
  }

  #ended(path) {
    if (this.#arriving) {
      this.#arriving.delete(path);
    } else if (this.#byPath.delete(path)) {
      this.#sorted.splice(this.#place(path), 1);
      this.#tell("members");
    }
  }

  /** Where a path is in the order, or would be. */
  #place(path) {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sorted[middle].path < path) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  #tell(what) {
    this.#listeners.forEach((listener) => listener(what));
  }
}

/** @param data a hold as the service writes it */
export function toHold(data) {
  const shown = visible(data.path);
  const slash = shown.lastIndexOf("/") + 1;
  return {
    path: data.path,
    shown,
    directory: shown.slice(0, slash),
    file: shown.slice(slash),
    agent: visible(data.agent_id),
    checkout: visible(data.checkout_path ?? ""),
    claimed: Date.parse(data.claimed_at),
    end: Date.parse(data.ends_at ?? data.expires_at),
    ttl: millis(data.ttl) ?? 60_000,
    token: data.token,
    text: `${data.path}\n${data.agent_id}\n${data.checkout_path ?? ""}`.toLowerCase(),
  };
}

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** "90s", "1h30m", "1.5s" in milliseconds; undefined when it is something else. */
function millis(ttl) {
  const parts = [...String(ttl).matchAll(/([\d.]+)(ms|[smhd])/g)];
  return parts.length > 0 ? parts.reduce((sum, [, n, unit]) => sum + n * UNITS[unit], 0) : undefined;
}
