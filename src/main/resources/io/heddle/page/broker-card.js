// The broker behind the service: its connection, and what it keeps. Asked for only while somebody looks.

import { byId, element } from "./dom.js";
import { clockTime, count, size } from "./format.js";

const AGAIN = 5_000;
const card = byId("broker");
const body = byId("broker-body");

/** What the conditions without figures mean. */
const LACKING = {
  absent: "Not there yet: whoever needs it first makes it.",
  disabled: "Not used by this service.",
  no_jetstream: "The broker has no JetStream for this service.",
  refused: "The broker refuses to tell.",
  no_answer: "No answer: the broker is slow, or this service's user may not ask.",
  not_connected: "Not known while the broker is not reachable.",
};

let timer = 0;
let shown = "";

card.addEventListener("toggle", (event) => {
  clearInterval(timer);
  if (event.newState === "open") {
    load();
    timer = setInterval(() => document.hidden || load(), AGAIN);
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
  // What did not change is not written again: text that somebody has selected stays selected.
  const text = JSON.stringify(status);
  if (text !== shown) {
    shown = text;
    body.replaceChildren(...(status.error ? [element("p", { "data-tone": "bad" }, status.error)] : parts(status)));
  }
}

const refusal = (code) =>
  code === 401 || code === 403 ? "Sign in with a token that may read holds or shares." : `The service answers ${code}.`;

function parts({ connection, shares, holds, groups }) {
  return [part("Connection", link(connection)), part("Shares", store(shares)), part("Holds", store(holds)), part("Groups", store(groups))];
}

function part(title, { words, tone, lines }) {
  const made = element("section", {}, element("h3", {}, title));
  if (words) {
    made.append(element("p", { "data-tone": tone }, words));
  }
  const list = element("dl");
  for (const [name, value] of lines) {
    if (value !== undefined) {
      list.append(element("dt", {}, name), element("dd", {}, value));
    }
  }
  made.append(list);
  return made;
}

function link({ state, since, url, server_version: version, safe, reconnects, jetstream, error }) {
  return {
    words: error ?? (safe === false ? "Two agents may be granted one file: this version's compare-and-set is not safe." : undefined),
    tone: "bad",
    lines: [
      ["State", state.toLowerCase() + (since ? ` since ${clockTime(Date.parse(since))}` : "")],
      ["Server", version],
      ["Compare-and-set", safe === undefined ? undefined : safe ? "safe" : "not safe"],
      ["Address", url],
      ["JetStream", jetstream === undefined ? "not known" : jetstream ? "yes" : "no"],
      ["Reconnects", count(reconnects)],
    ],
  };
}

function store({ bucket, stream, condition, detail, ...figures }) {
  const name = [bucket ? "Bucket" : "Stream", bucket ?? stream];
  if (condition !== "present") {
    return { words: LACKING[condition] ?? condition, tone: condition === "disabled" ? "quiet" : "bad", lines: [name, ["Detail", detail]] };
  }
  return {
    lines: [
      name,
      ["Subjects", figures.subjects.join(" ")],
      [bucket ? "Entries" : "Messages", count(figures.messages)],
      ["Size", size(figures.bytes)],
      ["Last sequence", String(figures.last_sequence)],
      ["Kept", kept(figures)],
      ["Consumers", count(figures.consumers)],
      ["Copies", count(figures.replicas)],
      ["Leader", figures.leader],
    ],
  };
}

const kept = ({ history, ttl }) =>
  `${history === undefined ? "all" : history === 1 ? "the newest" : `the newest ${count(history)}`} of each subject${ttl ? `, for ${ttl}` : ""}`;
