// What the caller may do with holds, VMs and groups: the buttons, and what each asks and sends.

import { act } from "./act-dialog.js";
import { byId } from "./dom.js";
import { plural, visible } from "./format.js";
import { ReleaseDialog } from "./release-dialog.js";
import { descriptionOf, shareFields, showShareFields } from "./share-form.js";

const VM = /^[^\s.*>]+$/;

export class Actions {
  #dialog;
  #groups;
  /** The caller's roles. Without the role there is no button, and the service refuses the request. */
  roles = new Set();

  constructor({ holds, agents, groups }) {
    this.#dialog = new ReleaseDialog(holds, agents);
    this.#groups = groups;
  }

  /** Asks for the confirmation and releases by force. @param closed returns the focus */
  release(holds, closed) {
    this.#dialog.open(holds, closed);
  }

  /** @param holds of one holder */
  ofHolds(holds) {
    const text = holds.length === 1 ? "Release by force…" : "Release all by force…";
    return this.#allowed("admin", holds.length > 0 && { text, run: () => this.release(holds, focusDrawer) });
  }

  ofVm(vm) {
    const unused = ![...vm.shares.values()].some((share) => share.wanted);
    return [
      ...this.#allowed("shares:publish", { text: "Give a share…", run: () => this.#give(onVm(vm)) }),
      ...this.#allowed("admin", unused && { text: "Forget…", run: () => this.#forget(vm) }),
    ];
  }

  ofVmShare(vm, share) {
    const own = share.wanted ? share.id : "";
    return this.#ofShare(onVm(vm, this.#groups.of(vm.id).filter((name) => this.#groups.get(name).shares.some(({ id }) => id === own))), share);
  }

  ofGroup(group) {
    return this.#allowed(
      "shares:publish",
      !group.deleting && { text: "Give a share…", run: () => this.#give(onGroup(group)) },
      !group.deleting && { text: "Members…", run: () => this.#members(group) },
      { text: "Delete the group…", run: () => this.#delete(group) },
    );
  }

  ofGroupShare(group, share) {
    return this.#ofShare(onGroup(group), { ...share, wanted: !group.deleting });
  }

  /** Whether the caller may create groups. */
  get mayPublish() {
    return this.roles.has("shares:publish");
  }

  /** @param closed returns the focus */
  newGroup(closed) {
    this.#act({
      closed,
      title: "Create a group?",
      fields: [
        { name: "name", label: "Name", required: "", pattern: "[A-Za-z0-9][A-Za-z0-9_\\-]{0,127}", hint: "Letters, digits, _ and -" },
        membersField([]),
      ],
      consequences: ({ name, vms }) =>
        this.#groups.get(name)
          ? [`The group ${name} exists: its members become these ${plural(idsOf(vms).length, "VM", "VMs")}.`]
          : [`${plural(idsOf(vms).length, "VM gets", "VMs get")} the shares that the group is given.`],
      submit: "Create the group",
      request: ({ name, vms }) => ({ method: "PUT", url: groupUrl(name), body: { vms: idsOf(vms) } }),
      done: () => "The group is stored.",
    });
  }

  #ofShare(target, share) {
    return this.#allowed(
      "shares:publish",
      share.wanted && { text: "Change…", label: `Change ${visible(share.id)}`, run: () => this.#give(target, share) },
      share.wanted && { text: "Take away…", label: `Take ${visible(share.id)} away`, run: () => this.#take(target, share) },
    );
  }

  #give(target, share) {
    this.#act({
      title: share ? `Change ${visible(share.id)} ${target.of}?` : `Give a share to ${target.name}?`,
      fields: shareFields(share),
      show: showShareFields,
      consequences: ({ id }) => [
        target.given(share ? visible(share.id) : id || "The share"),
        share && "The whole share is replaced: enter its masters, owner and keys again. The service does not show them.",
        target.note,
      ].filter(Boolean),
      submit: share ? "Change the share" : "Give the share",
      request: (values) => ({ method: "PUT", url: target.url(share?.id ?? values.id), body: descriptionOf(values), streams: target.streams }),
      done: target.done,
    });
  }

  #take(target, share) {
    this.#act({
      title: `Take ${visible(share.id)} away ${target.from}?`,
      consequences: () => [target.taken(visible(share.id)), "Programs that use its files lose them. The files on the server stay.", target.note].filter(Boolean),
      submit: "Take it away",
      takes: true,
      request: () => ({ method: "DELETE", url: target.url(share.id), streams: target.streams }),
      done: target.done,
    });
  }

  #members(group) {
    const change = ({ vms }) => {
      const wanted = new Set(idsOf(vms));
      return { add: [...wanted].filter((vm) => !group.members.has(vm)), remove: group.vms.filter((vm) => !wanted.has(vm)) };
    };
    const names = (vms) => `${vms.slice(0, 5).join(", ")}${vms.length > 5 ? ` and ${vms.length - 5} more` : ""}`;
    this.#act({
      title: `Change the members of ${group.name}?`,
      fields: [membersField(group.vms)],
      consequences: (values) => {
        const { add, remove } = change(values);
        const invalid = [...add].filter((vm) => !VM.test(vm));
        return [
          invalid.length > 0 && `Not an id of a VM: ${invalid[0]}`,
          add.length > 0 && `${plural(add.length, "VM joins", "VMs join")} and ${add.length === 1 ? "gets" : "get"} the shares of the group: ${names(add)}.`,
          remove.length > 0 && `${plural(remove.length, "VM leaves", "VMs leave")} and ${remove.length === 1 ? "loses" : "lose"} those that no other group gives: ${names(remove)}.`,
          add.length + remove.length === 0 && "No member changes yet.",
        ].filter(Boolean);
      },
      submit: "Change the members",
      request: (values) => ({ method: "PATCH", url: groupUrl(group.name), body: change(values) }),
      done: reached,
    });
  }

  #delete(group) {
    this.#act({
      title: `Delete the group ${group.name}?`,
      consequences: () => [
        `${plural(group.vms.length, "VM loses", "VMs lose")} ${plural(group.shares.length, "share", "shares")}, except those of other groups.`,
        "The group is gone when all VMs are reached. The files on the server stay.",
      ],
      submit: "Delete the group",
      takes: true,
      request: () => ({ method: "DELETE", url: groupUrl(group.name) }),
      done: reached,
    });
  }

  #forget(vm) {
    this.#act({
      title: `Forget ${vm.shown}?`,
      consequences: () => ["It disappears from the list of this replica. If its node agent reports again, it returns."],
      submit: "Forget the VM",
      request: () => ({ method: "DELETE", url: `api/v1/vms/${encodeURIComponent(vm.id)}` }),
      done: () => "The VM is forgotten.",
    });
  }

  #act(options) {
    act({ closed: focusDrawer, changed: () => this.#groups.load().catch(() => {}), ...options });
  }

  #allowed(role, ...actions) {
    return this.roles.has(role) ? actions.filter(Boolean) : [];
  }
}

/** @param groups those that give the share to the VM */
function onVm(vm, groups = []) {
  return {
    name: vm.shown,
    of: `on ${vm.shown}`,
    from: `from ${vm.shown}`,
    given: (id) => `${id} is published to ${vm.shown}, and its node agent mounts it.`,
    taken: (id) => `${vm.shown} unmounts ${id}.`,
    note: groups.length > 0 && `The group ${groups.join(", ")} gives this share. Change it there to keep its members the same.`,
    url: (id) => `api/v1/vms/${encodeURIComponent(vm.id)}/shares/${encodeURIComponent(id)}`,
    done: () => `Published to ${vm.shown}. Its row shows when the node agent has applied it.`,
  };
}

function onGroup(group) {
  const members = plural(group.vms.length, "VM", "VMs");
  return {
    name: group.name,
    of: `of ${group.name}`,
    from: `from ${group.name}`,
    given: (id) => `${id} is published to ${members}, and to those that join later.`,
    taken: (id) => `${members} ${group.vms.length === 1 ? "unmounts" : "unmount"} ${id}, unless another group gives it.`,
    url: (id) => `${groupUrl(group.name)}/shares/${encodeURIComponent(id)}`,
    streams: true,
    done: reached,
  };
}

const groupUrl = (name) => `api/v1/groups/${encodeURIComponent(name)}`;

const reached = ({ done }) => `Published to ${plural(done, "VM", "VMs")}. The rows show when the node agents have applied it.`;

const membersField = (vms) => ({ name: "vms", label: "VMs", type: "textarea", value: vms.join("\n"), hint: "Ids, separated by spaces or lines" });

const idsOf = (text) => text.split(/[\s,]+/).filter(Boolean);

/** The button may be gone with what it acted on. */
function focusDrawer() {
  byId("drawer-title").focus();
}
