// What the drawer shows of a hold, a holder, a VM and a group.

import * as clock from "./server-clock.js";
import { link } from "./drawer.js";
import { age, clockTime, count, plural, remaining, visible } from "./format.js";
import { isTrouble, RANK } from "./fleet.js";
import { isExpiring, kindOf } from "./holds.js";

const LISTED = 200;

export class Details {
  #holds;
  #agents;
  #fleet;
  #groups;
  #actions;

  /** @param actions what the caller may do: see actions.js */
  constructor({ holds, agents, fleet, groups, actions }) {
    this.#holds = holds;
    this.#agents = agents;
    this.#fleet = fleet;
    this.#groups = groups;
    this.#actions = actions;
  }

  /** @returns what is known; null if there is no such hold, session, VM or group */
  of(kind, id) {
    const known = { hold: () => this.#hold(id), session: () => this.#session(id), vm: () => this.#vm(id), group: () => this.#group(id) };
    return Object.hasOwn(known, kind) ? known[kind]() : null;
  }

  #hold(key) {
    const hold = this.#holds.get(key);
    if (!hold) {
      return null;
    }
    const now = clock.now();
    const others = this.#holds.overlapping(hold.path).filter((other) => other.key !== key);
    const waiting = this.#agents.waitingFor([hold]);
    return {
      kind: ["Hold", kindOf(hold)].filter(Boolean).join(", "),
      title: hold.shown,
      tone: isExpiring(hold, now) ? "warn" : "quiet",
      panel: "holds",
      command: `heddle holds ls --prefix ${quoted(hold.path)}`,
      sections: [
        {
          facts: [
            ["Held by", [link("session", hold.agent, hold.holder)]],
            ["Reason", hold.reason],
            ["Left", hold.end > now ? remaining(hold.end - now) : "ended"],
            ["Ends", `${clockTime(hold.end)} unless renewed`],
            ["Renewed", clockTime(hold.claimed)],
            ["Held since", Number.isNaN(hold.since) ? "" : clockTime(hold.since)],
            ["TTL", remaining(hold.ttl)],
            ["Checkout path", hold.checkout],
            ["Token", hold.token],
          ],
          actions: this.#actions.ofHolds([hold]),
        },
        waiting.length > 0 && { title: "Waiting for it", items: waiting.map(({ id, shown }) => link("session", id, shown)) },
        others.length > 0 && { title: "Other holds of the same files", ...list(others, (other) => ({ ...link("hold", other.key, other.shown), note: other.holder })) },
      ].filter(Boolean),
    };
  }

  #session(id) {
    const agent = this.#agents.all().find((each) => each.id === id);
    if (!agent) {
      return null;
    }
    const now = clock.now();
    return {
      kind: agent.inContact ? "Session" : "Holder",
      title: agent.shown,
      tone: agent.waitsFor.length > 0 ? "warn" : "quiet",
      panel: "agents",
      command: `heddle holds ls --agent ${quoted(id)}`,
      sections: [
        {
          facts: [
            ["Tool", agent.tool],
            ["User", agent.user],
            ["Host", agent.host],
            ["Project", agent.project],
            ["Checkout path", agent.checkout],
            ["Last contact", agent.inContact ? `${age(now - agent.lastContact)} ago` : "not with this replica; known from the bucket"],
          ],
          actions: this.#actions.ofHolds(agent.holds),
        },
        agent.waitsFor.length > 0 && { title: "Waits for", tone: "warn", items: agent.waitsFor.map((path) => this.#waits(path, id)) },
        {
          title: "Holds",
          word: count(agent.holds.length),
          ...list(agent.holds, (hold) => ({ ...link("hold", hold.key, hold.shown), note: hold.end > now ? remaining(hold.end - now) : "ended" })),
        },
      ].filter(Boolean),
    };
  }

  #waits(path, id) {
    const [first] = this.#holds.overlapping(path).filter((hold) => hold.agent !== id);
    return first ? { ...link("hold", first.key, visible(path)), note: `held by ${first.holder}` } : { ...link("hold", path, visible(path)), note: "free" };
  }

  #vm(id) {
    const vm = this.#fleet.get(id);
    if (!vm) {
      return null;
    }
    const groups = this.#groups.of(id);
    const shares = [...vm.shares.values()].sort(byTone);
    return {
      kind: "VM",
      title: vm.shown,
      tone: vm.tone,
      panel: "vms",
      command: `heddle share status ${quoted(id)}`,
      sections: [
        {
          facts: [
            ["Node agent", vm.agent],
            ["Last report", Number.isNaN(vm.seen) ? "never" : `${clockTime(vm.seen)} (${age(clock.now() - vm.seen)} ago)`],
            ["Version", vm.version],
            ["Delivery", vm.mode],
            ["Aliases", vm.aliases.join(", ")],
            ["Groups", groups.map((name) => link("group", name, name))],
          ],
          actions: this.#actions.ofVm(vm),
        },
        ...shares.map((share) => ({
          title: visible(share.id),
          word: stateOf(share),
          tone: share.tone,
          text: share.error,
          facts: [
            ["Failing since", timeAndAge(share.failingSince)],
            ["Attempts", share.attempts],
            ["Degraded since", timeAndAge(share.degradedSince)],
            ["In this state since", timeAndAge(share.since)],
            ["Progress", share.progress],
            ["Desired", share.desired],
            ["Mount point", share.mountPoint],
            ["Backend", share.backend],
          ],
          actions: this.#actions.ofVmShare(vm, share),
        })),
      ],
    };
  }

  #group(name) {
    const group = this.#groups.get(name);
    if (!group) {
      return null;
    }
    const status = statusOf(group, this.#fleet);
    return {
      kind: "Group",
      title: name,
      tone: status.tone,
      panel: "vms",
      command: `heddle group status ${quoted(name)}`,
      sections: [
        {
          text: group.deleting ? "This group is being deleted." : "",
          facts: [
            ["Leaving", group.leaving.map((vm) => link("vm", vm, vm))],
            ["Unfinished changes", group.unfinished || ""],
          ],
          actions: this.#actions.ofGroup(group),
        },
        ...group.shares.map((share) => ({
          title: visible(share.id),
          word: words(status.shares.get(share.id)),
          tone: [...status.shares.get(share.id).keys()].map(toneOf).sort(byRank)[0],
          facts: [
            ["Mount point", visible(share.mountPoint) + (share.readonly ? ", read-only" : "")],
            ["Backend", share.backend],
            ["Volume", visible(share.volume ?? "")],
          ],
          actions: this.#actions.ofGroupShare(group, share),
        })),
        {
          title: "Members",
          word: count(group.vms.length),
          ...list(
            group.vms.map((id) => ({ id, tone: status.vms.get(id) ?? "none" })).sort(byTone),
            ({ id, tone }) => ({ ...link("vm", id, id), tone, note: isTrouble(tone) ? reason(this.#fleet.get(id)) : "" }),
          ),
        },
      ],
    };
  }
}

/** The shares of a group on its members: share -> "tone word" -> count, and the worst tone of each VM. */
export function statusOf(group, fleet) {
  const shares = new Map(group.shares.map(({ id }) => [id, new Map()]));
  const vms = new Map();
  const all = new Map();
  for (const id of group.vms) {
    const vm = fleet.get(id);
    for (const [share, states] of shares) {
      const known = vm?.shares.get(share);
      const tone = known?.tone ?? (vm?.silent ? "silent" : "unknown");
      const state = `${tone} ${tone === "silent" ? "silent" : (known?.word ?? "no report")}`;
      states.set(state, (states.get(state) ?? 0) + 1);
      all.set(state, (all.get(state) ?? 0) + 1);
      vms.set(id, [vms.get(id) ?? "none", tone].sort(byRank)[0]);
    }
  }
  return { shares, vms, all, tone: [...all.keys()].map(toneOf).sort(byRank)[0] ?? "none" };
}

const toneOf = (state) => state.slice(0, state.indexOf(" "));

/** "998 mounted, 2 retrying", the worst state first. */
export const words = (states) =>
  [...states].sort(([a], [b]) => byRank(toneOf(a), toneOf(b))).map(([state, n]) => `${count(n)} ${state.slice(state.indexOf(" ") + 1)}`).join(", ");

const byRank = (a, b) => RANK.indexOf(a) - RANK.indexOf(b);
const byTone = (a, b) => byRank(a.tone, b.tone);

function list(all, toItem) {
  return { items: all.slice(0, LISTED).map(toItem), more: all.length > LISTED ? `and ${count(all.length - LISTED)} more` : "" };
}

/** A word of a shell command. */
export const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

const timeAndAge = (millis) => (Number.isNaN(millis) ? "" : `${clockTime(millis)} (${age(clock.now() - millis)})`);

/** The state as text; of a silent VM the last reported one. */
export const stateOf = (share) => (share.tone === "silent" ? `silent, last ${share.word}` : share.word);

/** The problem of a VM in one line. */
export function reason(vm) {
  if (!vm) {
    return "never reported";
  }
  if (vm.silent) {
    return Number.isNaN(vm.seen) ? "never reported" : `silent for ${age(clock.now() - vm.seen)}`;
  }
  const share = [...vm.shares.values()].sort(byTone)[0];
  if (!share || !isTrouble(share.tone)) {
    return `late: last report ${age(clock.now() - vm.seen)} ago`;
  }
  const error = share.error ? `: ${share.error}` : "";
  if (!Number.isNaN(share.failingSince)) {
    const attempts = share.attempts ? `, ${plural(share.attempts, "attempt", "attempts")}` : "";
    return `${share.id} ${share.word}, failing since ${timeAndAge(share.failingSince)}${attempts}${error}`;
  }
  const since = Number.isNaN(share.since) ? "" : ` for ${age(clock.now() - share.since)}`;
  return `${share.id} ${share.word}${since}${error}`;
}

export { byTone, timeAndAge };
