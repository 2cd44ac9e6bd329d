// The VMs and their shares: what is wanted, and what each agent last reported.

/** How each state looks: its tone is a colour and a shape, its word says it. */
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

/** Worst first. */
export const RANK = ["bad", "silent", "warn", "unknown", "move", "ok", "none"];
const worse = (a, b) => (RANK.indexOf(a) < RANK.indexOf(b) ? a : b);
const NAMES = new Intl.Collator("en", { numeric: true });

export const isTrouble = (tone) => tone === "bad" || tone === "silent" || tone === "warn";

export class Fleet {
  #vms = new Map();
  #arriving = null;
  #listeners = [];
  synced = false;

  /** @param listener called without anything when a VM changed */
  listen(listener) {
    this.#listeners.push(listener);
  }

  /** Whether what comes now is news, and not part of a snapshot. */
  get isLive() {
    return this.synced && this.#arriving === null;
  }

  get size() {
    return this.#vms.size;
  }

  get(id) {
    return this.#vms.get(id);
  }

  /** Those with a problem first, then by name. */
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

  /** @returns the changes of states: [{vm, share, before}], none while a snapshot arrives */
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
      .map((share) => ({ vm, share, before: before?.shares.get(share.id) }));
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
    agent: data.agent,
    silent: data.silent,
    seen: Date.parse(data.last_seen ?? ""),
    version: data.version ?? "",
    aliases: data.aliases ?? [],
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
    error: reported?.error ?? "",
    since: Date.parse(reported?.since ?? ""),
    attempts: reported?.attempts,
    mountPoint: reported?.mount_point || desired?.mount_point || "",
    backend: reported?.backend ?? desired?.backend ?? "",
    wanted: desired ? `mounted at ${desired.mount_point}${desired.readonly ? ", read-only" : ""}` : "nothing was published",
  };
}

function look({ desired, reported, in_sync: inSync }) {
  if (!reported) {
    return inSync ? ["none", "by the host"] : ["unknown", "no report"];
  }
  if (reported.state === "MOUNTED" && desired && !inSync) {
    return ["move", "changing"]; // mounted as it was wanted before
  }
  return STATES[reported.state] ?? ["unknown", reported.state.toLowerCase()];
}
