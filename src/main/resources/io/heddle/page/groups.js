// The groups of VMs, as the service answered last, and the selection of one of them.

import { changed, part } from "./address.js";
import { element, setText } from "./dom.js";
import { plural, visible } from "./format.js";

export class Groups {
  #byName = new Map();
  #listeners = [];

  /** @param listener called after each answer */
  listen(listener) {
    this.#listeners.push(listener);
  }

  /** All groups by name. */
  get all() {
    return [...this.#byName.values()];
  }

  get(name) {
    return this.#byName.get(name);
  }

  /** The names of the groups of a VM. */
  of(vm) {
    return this.all.filter((group) => group.members.has(vm)).map((group) => group.name);
  }

  /** Requests the groups. Fails if the service cannot be reached. */
  async load() {
    const found = new Map();
    for (let after = ""; after !== undefined; ) {
      const response = await fetch(`api/v1/groups?limit=1000&after=${encodeURIComponent(after)}`, { cache: "no-store" });
      if (!response.ok) {
        return; // the service has no groups, or no one is signed in
      }
      const page = await response.json();
      page.groups.forEach((group) => found.set(group.name, toGroup(group)));
      after = page.next;
    }
    this.#byName = found;
    this.#listeners.forEach((listener) => listener());
  }
}

/** @param data a group as the service writes it */
function toGroup(data) {
  return {
    name: data.name,
    vms: data.vms,
    members: new Set(data.vms),
    leaving: data.leaving,
    shares: data.shares.map((share) => ({
      id: share.id,
      mountPoint: share.mount_point,
      backend: share.backend,
      readonly: share.readonly,
      volume: share.volume,
    })),
    unfinished: data.unfinished_changes,
    deleting: data.deleting,
    text: visible([data.name, ...data.vms, ...data.shares.map((share) => share.id)].join("\n")).toLowerCase(),
  };
}

/**
 * The selection of a group, if there are groups.
 *
 * @param choose called with the members of the chosen group, or null for all VMs
 */
export function groupChoice(groups, select, choose) {
  let chosen = ""; // also before the groups are known
  const show = () => choose(groups.get(chosen)?.members ?? null);
  select.addEventListener("change", () => {
    chosen = select.value;
    show();
    changed();
  });
  part("group", () => chosen, (name) => {
    chosen = name;
    select.value = groups.get(name) ? name : "";
    show();
  });
  groups.listen(() => {
    offer();
    show();
  });

  function offer() {
    const labels = groups.all.map(({ name, vms }) => `${name} (${plural(vms.length, "VM", "VMs")})`);
    if (select.dataset.names !== labels.join("\n")) {
      select.dataset.names = labels.join("\n");
      select.replaceChildren(element("option", { value: "" }, "All VMs"));
      groups.all.forEach(({ name }, i) => {
        const option = element("option", { value: name });
        setText(option, labels[i]);
        select.append(option);
      });
      select.hidden = groups.all.length === 0;
    }
    select.value = groups.get(chosen) ? chosen : "";
  }
}
