// Connects two streams with four panels.

import * as clock from "./server-clock.js";
import * as session from "./session.js";
import { changed, part, start } from "./address.js";
import { Actions } from "./actions.js";
import { Agents } from "./agents.js";
import { AgentsPanel } from "./agents-panel.js";
import { Connection } from "./connection.js";
import { byId, every, paced, setAttribute, setText } from "./dom.js";
import { Details } from "./details.js";
import { Drawer } from "./drawer.js";
import { EventStream } from "./event-stream.js";
import { EventsPanel } from "./events-panel.js";
import { Fleet } from "./fleet.js";
import { FleetPanel } from "./fleet-panel.js";
import { count } from "./format.js";
import { Holds } from "./holds.js";
import { HoldsPanel } from "./holds-panel.js";
import { unreadiness } from "./readiness.js";
import { groupChoice, Groups } from "./groups.js";
import { GroupsPanel } from "./groups-panel.js";
import "./broker-card.js";

const TICK = 250;
const CLOCK = 30_000;
const READINESS = 5_000;
const GROUPS = 10_000;

const holds = new Holds();
const fleet = new Fleet();
const groups = new Groups();
const connection = new Connection();
const agents = new Agents(holds);
const actions = new Actions({ holds, agents, groups });
const details = new Details({ holds, agents, fleet, groups, actions });
const drawer = new Drawer((kind, id) => details.of(kind, id), {
  show: (name) => showPanel(name),
  select: (what) => selectable.forEach((panel) => (panel.selected = what)),
  focusBack: (name) => panelsByName[name]?.focusBack(),
});
const holdsPanel = new HoldsPanel(holds, (key, back) => drawer.open("hold", key, back));
const agentsPanel = new AgentsPanel(holds, agents, {
  select: (kind, id, back) => drawer.open(kind, id, back),
  release: (some, back) => actions.release(some, back),
});
const fleetPanel = new FleetPanel(fleet, (id, back) => drawer.open("vm", id, back));
const groupsPanel = new GroupsPanel(groups, fleet, {
  select: (name, back) => drawer.open("group", name, back),
  create: (back) => actions.newGroup(back),
});
const panelsByName = {
  holds: holdsPanel,
  agents: agentsPanel,
  vms: { focusBack: () => (groupsPanel.isShown ? groupsPanel : fleetPanel).focusBack() },
};
const selectable = [holdsPanel, agentsPanel, fleetPanel, groupsPanel];
const events = new EventsPanel();
[holds, fleet, groups, agents].forEach((model) => model.listen(() => drawer.refresh()));

const streams = [
  stream("holds", "api/v1/holds/events", holds, [holdsPanel, agentsPanel], (type, data) => events.hold(type, data)),
  stream("vms", "api/v1/vms/events", fleet, [fleetPanel], (type, data, changes) => changes.forEach((change) => events.share(change))),
];

/** Connects a stream with its model and its panels. Changes, unlike snapshots, are also passed to the events. */
function stream(name, url, model, panels, report) {
  return new EventStream(url, {
    onState(state) {
      connection.set(name, state);
      panels.forEach((panel) => (panel.state = { live: state.name === "live", off: state.name === "off" }));
      if (state.name === "unauthorised") {
        session.ask();
      }
    },
    onSnapshot: () => model.begin(),
    onEvent(type, data) {
      const isChange = model.isLive;
      const changes = model.apply(type, data);
      if (isChange) {
        report(type, data, changes);
      }
    },
  });
}

session.onRoles((roles) => {
  agentsPanel.admin = roles.has("admin");
  actions.roles = roles;
  groupsPanel.mayCreate = actions.mayPublish;
  drawer.refresh();
});
session.onSignedIn(() => streams.forEach((each) => each.retry()));
session.refresh().catch(() => {}); // repeated after each sign-in; the streams report that the service cannot be reached
every(CLOCK, clock.synchronize);
every(READINESS, async () => (connection.unready = await unreadiness()));
groupChoice(groups, byId("vms-group"), (members) => (fleetPanel.group = members));
every(GROUPS, () => groups.load());

// The figures at the top are buttons that filter the panels.
const figures = paced(() => {
  const live = document.documentElement.dataset.live === "true";
  const soon = live ? holds.expiring(clock.now()) : 0;
  const trouble = fleet.troubled();
  setText(byId("count-holds"), holds.synced ? count(holds.size) : "–");
  setText(byId("label-holds"), holds.size === 1 ? "file held" : "files held");
  setText(byId("count-soon"), holds.synced && live ? count(soon) : "–");
  setAttribute(byId("figure-soon"), "data-tone", soon > 0 ? "warn" : "quiet");
  setText(byId("count-trouble"), fleet.synced ? count(trouble) : "–");
  setText(byId("label-trouble"), trouble === 1 ? "VM in trouble" : "VMs in trouble");
  setAttribute(byId("figure-trouble"), "data-tone", trouble > 0 ? "bad" : "quiet");
  document.title = trouble > 0 ? `(${count(trouble)}) Heddle` : "Heddle";
}, TICK);
holds.listen(figures);
fleet.listen(figures);

setInterval(() => {
  if (!document.hidden && document.documentElement.dataset.live === "true") {
    holdsPanel.tick();
    drawer.refresh();
  }
  figures();
}, TICK);
setInterval(() => document.hidden || fleetPanel.tick(), 5000);

let expiringOnly = false;

function showExpiringOnly(only) {
  expiringOnly = only;
  setAttribute(byId("figure-soon"), "aria-pressed", only);
  holdsPanel.expiringOnly = only;
}

byId("figure-holds").addEventListener("click", () => {
  showPanel("holds");
  showExpiringOnly(false);
  holdsPanel.searchFor("");
});
byId("figure-soon").addEventListener("click", () => {
  showPanel("holds");
  showExpiringOnly(!expiringOnly);
  changed();
});
byId("figure-trouble").addEventListener("click", () => {
  showPanel("vms");
  fleetPanel.problemsOnly = !fleetPanel.problemsOnly;
});

// Where the panels have too little width, the tabs select one.
const tabs = document.querySelectorAll(".tabs button");
const panels = [...tabs].map((tab) => tab.dataset.panel);
tabs.forEach((tab) =>
  tab.addEventListener("click", () => {
    showPanel(tab.dataset.panel);
    changed();
  }),
);

function showPanel(name) {
  byId("main").dataset.panel = name;
  tabs.forEach((tab) => setAttribute(tab, "aria-current", tab.dataset.panel === name ? "true" : undefined));
}

part("panel", () => (byId("main").dataset.panel === panels[0] ? "" : byId("main").dataset.panel), (name) =>
  showPanel(panels.includes(name) ? name : panels[0]),
);
part("expiring", () => (expiringOnly ? "only" : ""), (value) => showExpiringOnly(value === "only"));
start();

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    showPanel("holds");
    holdsPanel.focusSearch();
  }
});
