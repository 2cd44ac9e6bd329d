// The selection of a group of VMs, if there are groups.

import { element, setText } from "./dom.js";
import { plural } from "./format.js";

/**
 * @param choose called with the members of the chosen group, or null for all VMs
 * @returns a function that reloads the groups
 */
export function groupChoice(select, choose) {
  let groups = new Map();
  select.addEventListener("change", () => choose(groups.get(select.value) ?? null));
  return async () => {
    groups = await read();
    offer();
    choose(groups.get(select.value) ?? null);
  };

  function offer() {
    const names = [...groups].map(([name, members]) => `${name} (${plural(members.size, "VM", "VMs")})`);
    if (select.dataset.names === names.join("\n")) {
      return;
    }
    select.dataset.names = names.join("\n");
    const chosen = select.value;
    select.replaceChildren(element("option", { value: "" }, "All VMs"));
    [...groups.keys()].forEach((name, i) => {
      const option = element("option", { value: name });
      setText(option, names[i]);
      select.append(option);
    });
    select.value = groups.has(chosen) ? chosen : "";
    select.hidden = groups.size === 0;
  }
}

async function read() {
  const groups = new Map();
  for (let after = ""; after !== undefined; ) {
    const response = await fetch(`api/v1/groups?limit=1000&after=${encodeURIComponent(after)}`, { cache: "no-store" });
    if (!response.ok) {
      return groups; // the service has no groups, or no one is signed in
    }
    const page = await response.json();
    page.groups.forEach((group) => groups.set(group.name, new Set(group.vms)));
    after = page.next;
  }
  return groups;
}
