// The live holds, built from the events.

import { visible } from "./format.js";

const SOON = 15_000;

/** Whether a hold ends soon and was not renewed. Leases renew when two thirds of the ttl remain, so half is late. */
export const isExpiring = (hold, now) => hold.end - now < Math.min(SOON, hold.ttl / 2);

export class Holds {
  #byKey = new Map();
  #sorted = []; // always by key: with 10,000 holds, sorting at each change would be slow
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
    return this.#byKey.size;
  }

  /** All holds by key, and therefore by path. Read-only. */
  get sorted() {
    return this.#sorted;
  }

  get(key) {
    return this.#byKey.get(key);
  }

  /** The holds of exactly a path: one, or several shared ones. */
  at(path) {
    const found = [];
    for (let i = this.#indexOf(keyOf({ path })); this.#sorted[i]?.path === path; i++) {
      found.push(this.#sorted[i]);
    }
    return found;
  }

  /** The holds that have a file in common with a path: of the path, of directories above it, and below it if it is a directory. */
  overlapping(path) {
    const found = this.at(path);
    for (let slash = path.indexOf("/", 1); slash > 0 && slash < path.length - 1; slash = path.indexOf("/", slash + 1)) {
      found.push(...this.at(path.slice(0, slash + 1)));
    }
    if (path.endsWith("/")) {
      for (let i = this.#indexOf(path); this.#sorted[i]?.path.startsWith(path); i++) {
        if (this.#sorted[i].path !== path) {
          found.push(this.#sorted[i]);
        }
      }
    }
    return found;
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
        this.#announced(toHold(data), data.renewal);
        break;
      case "released":
      case "expired":
        this.#ended(keyOf(data));
        break;
    }
  }

  #complete() {
    if (this.#arriving) {
      this.#byKey = this.#arriving;
      this.#arriving = null;
      this.#sorted = [...this.#byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
    }
    this.synced = true;
    this.#notify("members");
  }

  #announced(hold, renewal) {
    // Known only to a page that has seen the begin: the bucket keeps the time of the last renewal.
    const before = this.#byKey.get(hold.key);
    hold.since = before?.token === hold.token ? before.since : this.#arriving || renewal ? NaN : hold.claimed;
    if (this.#arriving) {
      this.#arriving.set(hold.key, hold);
      return;
    }
    const known = this.#byKey.get(hold.key);
    if (known) {
      Object.assign(known, hold);
      this.#notify("times");
    } else {
      this.#byKey.set(hold.key, hold);
      this.#sorted.splice(this.#indexOf(hold.key), 0, hold);
      this.#notify("members");
    }
  }

  #ended(key) {
    if (this.#arriving) {
      this.#arriving.delete(key);
    } else if (this.#byKey.delete(key)) {
      this.#sorted.splice(this.#indexOf(key), 1);
      this.#notify("members");
    }
  }

  /** The index of a key in the order, or its insertion point. */
  #indexOf(key) {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sorted[middle].key < key) {
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

/**
 * Identifies a hold. A path has one exclusive hold, or a shared one of each holder. The dot keeps a directory apart from the rows
 * of the files below it; no path of a file ends with it.
 */
const keyOf = ({ path, shared, agent_id: holder }) => `${path}${path.endsWith("/") ? "." : ""}${shared ? `\0${holder}` : ""}`;

/** @param data a hold as the service writes it; the path of a directory ends with a slash */
export function toHold(data) {
  const shown = visible(data.path);
  const name = shown.lastIndexOf("/", shown.length - 2) + 1;
  const reason = data.reason ?? "";
  return {
    key: keyOf(data),
    path: data.path,
    shown,
    directory: shown.slice(0, name),
    file: shown.slice(name),
    isDirectory: data.path.endsWith("/"),
    shared: data.shared === true,
    reason: visible(reason),
    agent: data.agent_id,
    holder: visible(data.agent_id),
    checkout: visible(data.checkout_path ?? ""),
    claimed: Date.parse(data.claimed_at),
    end: Date.parse(data.ends_at ?? data.expires_at),
    ttl: millis(data.ttl) ?? 60_000,
    token: data.token,
    text: `${data.path}\n${data.agent_id}\n${data.checkout_path ?? ""}\n${reason}`.toLowerCase(),
  };
}

/** What a hold is, other than an exclusive one of a file. */
export const kindOf = (hold) => [hold.isDirectory && "directory", hold.shared && "shared"].filter(Boolean).join(", ");

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** "90s", "1h30m", "1.5s" in milliseconds; undefined if invalid. */
function millis(ttl) {
  const parts = [...String(ttl).matchAll(/([\d.]+)(ms|[smhd])/g)];
  return parts.length > 0 ? parts.reduce((sum, [, n, unit]) => sum + n * UNITS[unit], 0) : undefined;
}
