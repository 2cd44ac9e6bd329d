// The sessions of coding agents: what the service knows of them, joined with their holds, which the event stream keeps current.

import { visible } from "./format.js";

const URL_OF_SESSIONS = "api/v1/sessions?holds=false";
const TIMEOUT = 10_000;

export class Agents {
  #holds;
  #known = new Map(); // by session, as the service answered last
  #listeners = [];
  #loading = false;
  #stale = false;
  /** Whether this service has no sessions; other holders are shown nevertheless. */
  off = false;

  constructor(holds) {
    this.#holds = holds;
  }

  /** @param listener called after each answer of the service */
  listen(listener) {
    this.#listeners.push(listener);
  }

  /** Requests the sessions. A call during a request causes another one after it. Fails if the service cannot be reached. */
  async load() {
    this.#stale = this.#loading;
    if (this.#loading) {
      return;
    }
    this.#loading = true;
    try {
      const response = await fetch(URL_OF_SESSIONS, { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT) });
      this.off = response.status === 404;
      if (response.ok) {
        const { sessions } = await response.json();
        this.#known = new Map(sessions.map((session) => [session.session, toSession(session)]));
        this.#listeners.forEach((listener) => listener());
      }
    } finally {
      this.#loading = false;
    }
    if (this.#stale) {
      await this.load();
    }
  }

  /** The sessions and the other holders: first those that wait, then those in contact, then those that only the bucket knows. */
  all() {
    const byHolder = new Map();
    for (const hold of this.#holds.sorted) {
      const own = byHolder.get(hold.agent);
      if (own) {
        own.push(hold);
      } else {
        byHolder.set(hold.agent, [hold]);
      }
    }
    const agents = [];
    for (const session of this.#known.values()) {
      const holds = byHolder.get(session.id) ?? [];
      byHolder.delete(session.id);
      // The service lists each holder; one that is not in contact exists only as long as its holds.
      if (session.inContact || holds.length > 0) {
        agents.push(session.inContact ? { ...session, holds } : { ...session, checkout: holds[0].checkout, holds });
      }
    }
    for (const [id, holds] of byHolder) {
      agents.push({ ...toSession({ session: id }), checkout: holds[0].checkout, holds });
    }
    return agents.sort((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1));
  }

  /** The sessions that wait for one of some holds. */
  waitingFor(holds) {
    const keys = new Set(holds.map((hold) => hold.key));
    return [...this.#known.values()].filter((session) =>
      session.waitsFor.some((path) => this.#holds.overlapping(path).some((each) => keys.has(each.key))),
    );
  }
}

const rank = (agent) => (agent.waitsFor.length > 0 ? 0 : agent.inContact ? 1 : 2);

/** @param data a session as the service writes it */
function toSession(data) {
  // The tool is shown apart from the name, which may begin with the subject of a token: "ann/codex/8c1f".
  const { session: id, tool = "", user = "", host = "", project = "", checkout_path: checkout = "", waits_for: waitsFor = [] } = data;
  return {
    id,
    tool: visible(tool),
    name: visible(tool ? id.replace(`${tool}/`, "") : id),
    shown: visible(id),
    user: visible(user),
    host: visible(host),
    place: visible(user && host ? `${user}@${host}` : user || host),
    project: visible(project),
    checkout: visible(checkout),
    inContact: Boolean(data.last_contact),
    lastContact: Date.parse(data.last_contact),
    waitsFor,
    text: [id, user, host, project, checkout, ...waitsFor].join("\n").toLowerCase(),
  };
}
