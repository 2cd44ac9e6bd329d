// The live holds, built from the events.

import { visible } from "./format.js";

const SOON = 15_000;

/** Whether a hold ends soon and was not renewed. Leases renew when two thirds of the ttl remain, so half is late. */
export const isExpiring = (hold, now) => hold.end - now < Math.min(SOON, hold.ttl / 2);

export class Holds {
  #byPath = new Map();
  #sorted = []; // always by path: with 10,000 holds, sorting at each change would be slow
  #arriving = null; // a snapshot in progress; the previous holds are shown until it is complete
  #listeners = [];
  synced = false;

  /** @param listener called with "members" if holds were added or removed, with "times" if they were renewed */
  listen(listener) {
    this.#listeners.push(listener);
  }

  /** Whether an event is a change and not part of a snapshot. */
  get isLive() {
    return this.synced && this.#arriving === null;
  }

  get size() {
    return this.#byPath.size;
  }

  /** All holds by path. Read-only. */
  get sorted() {
    return this.#sorted;
  }

  expiring(now) {
    let found = 0;
    for (const hold of this.#sorted) {
      if (isExpiring(hold, now)) {
        found++;
      }
    }
    return found;
  }

  /** Starts a snapshot: the connection does not resume after the last event. */
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
    this.#notify("members");
  }

  #announced(hold) {
    if (this.#arriving) {
      this.#arriving.set(hold.path, hold);
      return;
    }
    const known = this.#byPath.get(hold.path);
    if (known) {
      Object.assign(known, hold);
      this.#notify("times");
    } else {
      this.#byPath.set(hold.path, hold);
      this.#sorted.splice(this.#indexOf(hold.path), 0, hold);
      this.#notify("members");
    }
  }

  #ended(path) {
    if (this.#arriving) {
      this.#arriving.delete(path);
    } else if (this.#byPath.delete(path)) {
      this.#sorted.splice(this.#indexOf(path), 1);
      this.#notify("members");
    }
  }

  /** The index of a path in the order, or its insertion point. */
  #indexOf(path) {
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

  #notify(change) {
    this.#listeners.forEach((listener) => listener(change));
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
    holder: visible(data.agent_id),
    checkout: visible(data.checkout_path ?? ""),
    claimed: Date.parse(data.claimed_at),
    end: Date.parse(data.ends_at ?? data.expires_at),
    ttl: millis(data.ttl) ?? 60_000,
    token: data.token,
    text: `${data.path}\n${data.agent_id}\n${data.checkout_path ?? ""}`.toLowerCase(),
  };
}

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** "90s", "1h30m", "1.5s" in milliseconds; undefined if invalid. */
function millis(ttl) {
  const parts = [...String(ttl).matchAll(/([\d.]+)(ms|[smhd])/g)];
  return parts.length > 0 ? parts.reduce((sum, [, n, unit]) => sum + n * UNITS[unit], 0) : undefined;
}
