// The broker: its connection, streams and buckets. Requested only while the card is open.

import { byId, element } from "./dom.js";
import { clockTime, count, size } from "./format.js";

const INTERVAL = 5_000;
const card = byId("broker");
const body = byId("broker-body");

/** The texts of the conditions other than "present". */
const CONDITIONS = {
  absent: "Does not exist yet: created on first use.",
  disabled: "Not used by this service.",
  no_jetstream: "The broker has no JetStream for this service.",
  refused: "The broker does not permit this request.",
  not_permitted: "Unknown: the user of this service has no permission to ask.",
  no_answer: "No response from the broker in time.",
  not_connected: "Unknown: the broker cannot be reached.",
};

let timer = 0;
let shown = "";

card.addEventListener("toggle", (event) => {
  clearInterval(timer);
  if (event.newState === "open") {
    load();
    timer = setInterval(() => document.hidden || load(), INTERVAL);
  }
});

async function load() {
  let status;
  try {
    const response = await fetch("api/v1/broker", { cache: "no-store" });
    status = response.ok ? await response.json() : { error: refusal(response.status) };
  } catch {
    status = { error: "The service cannot be reached." };
  }
  // An unchanged status is not written again, so that selected text stays selected.
  const text = JSON.stringify(status);
  if (text !== shown) {
    shown = text;
    body.replaceChildren(...(status.error ? [element("p", { "data-tone": "bad" }, status.error)] : parts(status)));
  }
}

const refusal = (code) =>
  code === 401 || code === 403 ? "Sign in with a token that has the role holds:read or shares:read." : `The service responds with ${code}.`;

function parts({ connection, shares, holds, groups }) {
  return [part("Connection", link(connection)), part("Shares", store(shares)), part("Holds", store(holds)), part("Groups", store(groups))];
}

function part(title, { text, tone, lines }) {
  const section = element("section", {}, element("h3", {}, title));
  if (text) {
    section.append(element("p", { "data-tone": tone }, text));
  }
  const list = element("dl");
  for (const [name, value] of lines) {
    if (value !== undefined) {
      list.append(element("dt", {}, name), element("dd", {}, value));
    }
  }
  section.append(list);
  return section;
}

function link({ state, since, url, server_version: version, safe, reconnects, jetstream, error }) {
  return {
    text: error ?? (safe === false ? "Two clients may be granted one file: the compare-and-set of this version is not safe." : undefined),
    tone: "bad",
    lines: [
      ["State", state.toLowerCase() + (since ? ` since ${clockTime(Date.parse(since))}` : "")],
      ["Server", version],
      ["Compare-and-set", safe === undefined ? undefined : safe ? "safe" : "not safe"],
      ["Address", url],
      ["JetStream", jetstream === undefined ? "unknown" : jetstream ? "yes" : "no"],
      ["Reconnects", count(reconnects)],
    ],
  };
}

function store({ bucket, stream, condition, detail, ...figures }) {
  const name = [bucket ? "Bucket" : "Stream", bucket ?? stream];
  if (condition !== "present") {
    return { text: CONDITIONS[condition] ?? condition, tone: condition === "disabled" ? "quiet" : "bad", lines: [name, ["Detail", detail]] };
  }
  return {
    lines: [
      name,
      ["Subjects", figures.subjects.join(" ")],
      [bucket ? "Entries" : "Messages", count(figures.messages)],
      ["Size", size(figures.bytes)],
      ["Last sequence", String(figures.last_sequence)],
      ["Retention", retention(figures)],
      ["Consumers", count(figures.consumers)],
      ["Replicas", count(figures.replicas)],
      ["Leader", figures.leader],
    ],
  };
}

const retention = ({ history, ttl }) =>
  `${history === undefined ? "all messages" : history === 1 ? "the latest message" : `the latest ${count(history)} messages`} of each subject${ttl ? `, for ${ttl}` : ""}`;
