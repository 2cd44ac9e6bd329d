// Brings the parts together: two streams in, three parts on the screen.

import * as clock from "./server-clock.js";
import * as session from "./session.js";
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
const fleetPanel = new FleetPanel(fleet);
const events = new EventsPanel();

const streams = [
  stream("holds", "api/v1/holds/events", holds, holdsPanel, (type, data) => events.hold(type, data)),
  stream("vms", "api/v1/vms/events", fleet, fleetPanel, (type, data, changes) => changes.forEach((change) => events.share(change))),
];

/** Leads a stream into its model and its panel; what is news, and not part of a snapshot, also into the events. */
function stream(name, url, model, panel, tell) {
  return new EventStream(url, {
    onState(state) {
      connection.set(name, state);
      panel.state = { live: state.name === "live", off: state.name === "off" };
      if (state.name === "unauthorised") {
        session.ask();
      }
    },
    onSnapshot: () => model.begin(),
    onEvent(type, data) {
      const news = model.isLive;
      const changes = model.apply(type, data);
      if (news) {
        tell(type, data, changes);
      }
    },
  });
}

session.onSignedIn(() => streams.forEach((each) => each.retry()));
session.look().catch(() => {}); // whether there is a session is asked again when somebody signs in
every(CLOCK, clock.ask);
every(READINESS, async () => (connection.unready = await unreadiness()));
every(GROUPS, groupChoice(byId("vms-group"), (members) => (fleetPanel.group = members)));

// The figures at the top say it in ten seconds, and filter when they are pressed.
const figures = paced(() => {
  const live = document.documentElement.dataset.live === "true";
  const soon = live ? holds.runningOut(clock.now()) : 0;
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
  part("holds");
  setAttribute(byId("figure-soon"), "aria-pressed", "false");
  holdsPanel.soonOnly = false;
  holdsPanel.searchFor("");
});
byId("figure-soon").addEventListener("click", (event) => {
  part("holds");
  const only = !pressed(event.currentTarget);
  setAttribute(event.currentTarget, "aria-pressed", only);
  holdsPanel.soonOnly = only;
});
byId("figure-trouble").addEventListener("click", (event) => {
  part("vms");
  const only = !pressed(event.currentTarget);
  setAttribute(event.currentTarget, "aria-pressed", only);
  fleetPanel.problemsOnly = only;
});
fleetPanel.onProblemsOnly((only) => setAttribute(byId("figure-trouble"), "aria-pressed", only));

// Where there is room for one part only, the tabs choose it.
const tabs = document.querySelectorAll(".tabs button");
tabs.forEach((tab) => tab.addEventListener("click", () => part(tab.dataset.part)));

function part(name) {
  byId("main").dataset.part = name;
  tabs.forEach((tab) => setAttribute(tab, "aria-current", tab.dataset.part === name ? "true" : undefined));
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    part("holds");
    holdsPanel.focusSearch();
  }
});
