// Connects two streams with four panels.

import * as clock from "./server-clock.js";
import * as session from "./session.js";
import { Agents } from "./agents.js";
import { AgentsPanel } from "./agents-panel.js";
import { Connection } from "./connection.js";
import { byId, every, paced, setAttribute, setText } from "./dom.js";
import { EventStream } from "./event-stream.js";
import { EventsPanel } from "./events-panel.js";
import { Fleet } from "./fleet.js";
import { FleetPanel } from "./fleet-panel.js";
import { count } from "./format.js";
import { Holds } from "./holds.js";
import { HoldsPanel } from "./holds-panel.js";
import { unreadiness } from "./readiness.js";
import { groupChoice } from "./groups.js";
import "./broker-card.js";

const TICK = 250;
const CLOCK = 30_000;
const READINESS = 5_000;
const GROUPS = 60_000;

const holds = new Holds();
const fleet = new Fleet();
const connection = new Connection();
const holdsPanel = new HoldsPanel(holds);
const agentsPanel = new AgentsPanel(holds, new Agents(holds));
const fleetPanel = new FleetPanel(fleet);
const events = new EventsPanel();

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

session.onRoles((roles) => (agentsPanel.admin = roles.has("admin")));
session.onSignedIn(() => streams.forEach((each) => each.retry()));
session.refresh().catch(() => {}); // repeated after each sign-in; the streams report that the service cannot be reached
every(CLOCK, clock.synchronize);
every(READINESS, async () => (connection.unready = await unreadiness()));
every(GROUPS, groupChoice(byId("vms-group"), (members) => (fleetPanel.group = members)));

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
  }
  figures();
}, TICK);
setInterval(() => document.hidden || fleetPanel.tick(), 5000);

const pressed = (button) => button.getAttribute("aria-pressed") === "true";

byId("figure-holds").addEventListener("click", () => {
  showPanel("holds");
  setAttribute(byId("figure-soon"), "aria-pressed", "false");
  holdsPanel.expiringOnly = false;
  holdsPanel.searchFor("");
});
byId("figure-soon").addEventListener("click", (event) => {
  showPanel("holds");
  const only = !pressed(event.currentTarget);
  setAttribute(event.currentTarget, "aria-pressed", only);
  holdsPanel.expiringOnly = only;
});
byId("figure-trouble").addEventListener("click", (event) => {
  showPanel("vms");
  const only = !pressed(event.currentTarget);
  setAttribute(event.currentTarget, "aria-pressed", only);
  fleetPanel.problemsOnly = only;
});
fleetPanel.onProblemsOnly((only) => setAttribute(byId("figure-trouble"), "aria-pressed", only));

// On a narrow screen the tabs select the panel.
const tabs = document.querySelectorAll(".tabs button");
tabs.forEach((tab) => tab.addEventListener("click", () => showPanel(tab.dataset.panel)));

function showPanel(name) {
  byId("main").dataset.panel = name;
  tabs.forEach((tab) => setAttribute(tab, "aria-current", tab.dataset.panel === name ? "true" : undefined));
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    showPanel("holds");
    holdsPanel.focusSearch();
  }
});
