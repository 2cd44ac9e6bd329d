// The live holds, as the events tell them.

const SOON = 15_000;

/** It ends soon, and nobody renewed it: a lease does when two thirds of its time are left, so half is late. */
export const isRunningOut = (hold, now) => hold.end - now < Math.min(SOON, hold.ttl / 2);

export class Holds {
  #byPath = new Map();
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

  values() {
    return this.#byPath.values();
  }

  runningOut(now) {
    let found = 0;
    for (const hold of this.#byPath.values()) {
      if (isRunningOut(hold, now)) {
        found++;
      }
    }
    return found;
  }

  /** @param type of an event of /holds/events, @param data its payload */
  apply(type, data) {
    const target = this.#arriving ?? this.#byPath;
    switch (type) {
      case "reset":
        this.begin();
        break;
      case "synced":
        if (this.#arriving) {
          this.#byPath = this.#arriving;
          this.#arriving = null;
        }
        this.synced = true;
        this.#tell("members");
        break;
      case "announced": {
        const known = target.has(data.path);
        target.set(data.path, toHold(data));
        this.#told(target, known ? "times" : "members");
        break;
      }
      case "released":
      case "expired":
        if (target.delete(data.path)) {
          this.#told(target, "members");
        }
        break;
    }
  }

  /** A connection that cannot take up where the last one ended begins with a snapshot. */
  begin() {
    this.#arriving = new Map();
  }

  #told(target, what) {
    if (target === this.#byPath) {
      this.#tell(what);
    }
  }

  #tell(what) {
    this.#listeners.forEach((listener) => listener(what));
  }
}

/** @param data a hold as the service writes it */
export function toHold(data) {
  const slash = data.path.lastIndexOf("/") + 1;
  return {
    path: data.path,
    directory: data.path.slice(0, slash),
    file: data.path.slice(slash),
    agent: data.agent_id,
    checkout: data.checkout_path ?? "",
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
