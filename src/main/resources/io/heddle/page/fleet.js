// The VMs and their shares: desired, and last reported by the node agent.

import { visible } from "./format.js";

/** The appearance of each state: a tone (color and shape) and a word. */
const STATES = {
  MOUNTED: ["ok", "mounted"],
  PENDING: ["move", "pending"],
  MOUNTING: ["move", "mounting"],
  UNMOUNTING: ["move", "unmounting"],
  UNMOUNTED: ["none", "unmounted"],
  BUSY: ["warn", "busy"],
  RETRYING: ["bad", "retrying"],
  LOST: ["bad", "lost"],
  STALLED: ["bad", "stalled"],
  REJECTED: ["bad", "rejected"],
};

/** The tones, worst first. */
export const RANK = ["bad", "silent", "warn", "unknown", "move", "ok", "none"];
const worse = (a, b) => (RANK.indexOf(a) < RANK.indexOf(b) ? a : b);
const NAMES = new Intl.Collator("en", { numeric: true });

export const isTrouble = (tone) => tone === "bad" || tone === "silent" || tone === "warn";

export class Fleet {
  #vms = new Map();
  #arriving = null;
  #listeners = [];
  synced = false;

  /** @param listener called without arguments when a VM changed */
  listen(listener) {
    this.#listeners.push(listener);
  }

  /** Whether an event is a change and not part of a snapshot. */
  get isLive() {
    return this.synced && this.#arriving === null;
  }

  get size() {
    return this.#vms.size;
  }

  get(id) {
    return this.#vms.get(id);
  }

  /** VMs with a problem first, then by name. */
  sorted() {
    return [...this.#vms.values()].sort((a, b) => a.rank - b.rank || NAMES.compare(a.id, b.id));
  }

  troubled() {
    let found = 0;
    for (const vm of this.#vms.values()) {
      if (isTrouble(vm.tone)) {
        found++;
      }
    }
    return found;
  }

  begin() {
    this.#arriving = new Map();
  }

  /** @returns the changes of states: [{vm, share}], none during a snapshot */
  apply(type, data) {
    switch (type) {
      case "reset":
        this.begin();
        return [];
      case "synced":
        this.#vms = this.#arriving ?? this.#vms;
        this.#arriving = null;
        this.synced = true;
        break;
      case "vm":
      case "changed":
        return this.#put(toVm(data));
      case "removed":
        (this.#arriving ?? this.#vms).delete(data.vm);
        break;
      default:
        return [];
    }
    this.#listeners.forEach((listener) => listener());
    return [];
  }

  #put(vm) {
    if (this.#arriving) {
      this.#arriving.set(vm.id, vm);
      return [];
    }
    const before = this.#vms.get(vm.id);
    this.#vms.set(vm.id, vm);
    this.#listeners.forEach((listener) => listener());
    return [...vm.shares.values()]
      .filter((share) => before?.shares.get(share.id)?.word !== share.word)
      .map((share) => ({ vm, share }));
  }
}

/** @param data a VM as the service writes it */
export function toVm(data) {
  const shares = new Map();
  for (const share of data.shares ?? []) {
    shares.set(share.id, toShare(share, data.silent));
  }
  let tone = data.silent ? "silent" : data.agent === "late" ? "warn" : "none";
  let text = `${data.vm}\n${data.agent}`;
  for (const share of shares.values()) {
    tone = worse(tone, share.tone);
    text += `\n${share.id}\n${share.word}\n${share.error}`;
  }
  return {
    id: data.vm,
    shown: visible(data.vm),
    mode: data.mode ?? "",
    agent: data.agent,
    silent: data.silent,
    seen: Date.parse(data.last_seen ?? ""),
    version: visible(data.version ?? ""),
    aliases: (data.aliases ?? []).map(visible),
    shares,
    tone,
    rank: RANK.indexOf(tone),
    text: text.toLowerCase(),
  };
}

function toShare(data, silent) {
  const { desired, reported } = data;
  const [tone, word] = look(data);
  return {
    id: data.id,
    tone: silent ? "silent" : tone,
    word,
    error: visible(reported?.error ?? reported?.degraded ?? ""),
    progress: visible(reported?.progress ?? ""),
    degradedSince: Date.parse(reported?.degraded_since ?? ""),
    since: Date.parse(reported?.since ?? ""),
    failingSince: Date.parse(reported?.failing_since ?? ""),
    attempts: reported?.attempts,
    mountPoint: visible(reported?.mount_point || desired?.mount_point || ""),
    backend: reported?.backend ?? desired?.backend ?? "",
    wanted: Boolean(desired),
    readonly: (desired ?? reported)?.readonly ?? false,
    desired: desired ? `mounted at ${visible(desired.mount_point)}${desired.readonly ? ", read-only" : ""}` : "not published",
  };
}

function look({ desired, reported, in_sync: inSync }) {
  if (!reported) {
    return inSync ? ["none", "by the host"] : ["unknown", "no report"];
  }
  if (reported.state === "MOUNTED" && desired && !inSync) {
    return ["move", "changing"]; // mounted as desired before
  }
  if (reported.state === "MOUNTED" && reported.degraded) {
    return ["warn", "degraded"]; // the mount answers, its files do not
  }
  const [tone, word] = STATES[reported.state] ?? ["unknown", visible(reported.state.toLowerCase())];
  // A share that failed stays failed during its next attempts, until one succeeds.
  return reported.failing_since && tone === "move" ? ["bad", reported.state === "MOUNTING" ? "retrying" : word] : [tone, word];
}
