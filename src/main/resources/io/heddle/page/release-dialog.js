// Releases holds by force, after a confirmation that names the consequences and asks for a reason.

import { byId, element, setText } from "./dom.js";
import { count, plural } from "./format.js";

const LISTED = 5;

const dialog = byId("release");
const form = byId("release-form");
const reason = byId("release-reason");
const progress = byId("release-progress");
const error = byId("release-error");
const submit = byId("release-submit");

export class ReleaseDialog {
  #holds;
  #agents;
  #remaining = [];
  #agent;
  #closed;

  constructor(holds, agents) {
    this.#holds = holds;
    this.#agents = agents;
    dialog.addEventListener("close", () => this.#closed());
    byId("release-cancel").addEventListener("click", () => dialog.close());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#release();
    });
  }

  /**
   * @param holds to release, of one holder
   * @param closed called after the dialog was closed, to return the focus
   */
  open(holds, closed) {
    this.#agent = this.#agents.all().find((agent) => agent.id === holds[0].agent) ?? { shown: holds[0].holder, inContact: false };
    this.#closed = closed;
    const waiting = this.#agents.waitingFor(holds).map((session) => session.shown);
    // Copies: the holds of the list change with each event.
    this.#remaining = holds.map((hold) => ({ ...hold }));
    setText(byId("release-title"), holds.length === 1 ? "Release this hold by force?" : `Release ${amount(holds.length)} by force?`);
    this.#list();
    byId("release-consequences").replaceChildren(...this.#consequences(waiting).map((text) => element("li", {}, text)));
    reason.value = "";
    setText(progress, "");
    setText(error, "");
    setText(submit, `Release ${amount(holds.length)}`);
    dialog.showModal();
  }

  #list() {
    const holds = this.#remaining;
    const lines = holds.slice(0, LISTED).map((hold) => element("li", {}, hold.shown));
    if (holds.length > LISTED) {
      lines.push(element("li", {}, `and ${count(holds.length - LISTED)} more`));
    }
    byId("release-paths").replaceChildren(...lines);
  }

  #consequences(waiting) {
    const name = this.#agent.shown;
    const one = this.#remaining.length === 1;
    const [some, those] = one ? ["it", "it"] : ["some of them", "those"];
    const sharing = new Set();
    this.#remaining.filter((hold) => hold.shared).forEach((hold) => this.#holds.at(hold.path).forEach((each) => sharing.add(each.holder)));
    sharing.delete(name);
    const verb = (who, plain) => (who.length === 1 ? `${plain}s` : plain);
    const others = [...sharing];
    return [
      `${name} loses ${one ? "this hold" : "these holds"} at once` +
        (this.#agent.inContact ? ", and is notified at its next call, with the reason." : ". The event contains the reason."),
      others.length > 0 && `${names(others)} ${verb(others, "share")} ${some}, and ${others.length === 1 ? "loses" : "lose"} ${those} too.`,
      waiting.length > 0
        ? `${names(waiting)} ${verb(waiting, "wait")} for ${some}, and can take ${those} next.`
        : `Any other holder can take ${one ? "it" : "them"} next.`,
      "An edit in progress is not stopped: it can overwrite what the next holder writes.",
    ].filter(Boolean);
  }

  async #release() {
    const failed = [];
    const holds = this.#remaining;
    let done = 0;
    let why = "";
    submit.disabled = true;
    setText(error, "");
    const cancelled = () => !dialog.open || this.#remaining !== holds;
    for (const hold of holds) {
      if (cancelled()) {
        break;
      }
      // With another token the path belongs to a later hold, of whoever has it now.
      const failure = this.#holds.get(hold.key)?.token === hold.token ? await force(hold) : "";
      if (failure) {
        failed.push(hold);
        why = failure;
      }
      done++;
      setText(progress, `${count(done)} of ${count(holds.length)}`);
    }
    submit.disabled = false;
    if (cancelled()) {
      return;
    }
    if (failed.length === 0) {
      setText(byId("release-done"), `Released ${amount(holds.length)} of ${this.#agent.shown}`);
      dialog.close();
      return;
    }
    this.#remaining = failed;
    this.#list();
    setText(progress, "");
    setText(error, `${amount(failed.length)} not released. ${why}`);
    setText(submit, `Try ${amount(failed.length)} again`);
    submit.focus();
  }
}

/** @returns why the hold could not be released; empty if it was */
async function force({ path, isDirectory }) {
  const query = new URLSearchParams({ path, force: "true", reason: reason.value.trim().replace(/\p{Cc}/gu, " ") });
  if (isDirectory) {
    query.set("directory", "true");
  }
  try {
    const response = await fetch(`api/v1/holds?${query}`, { method: "DELETE" });
    if (response.ok) {
      return "";
    }
    const { detail } = await response.json();
    return response.status === 401 || response.status === 403 ? "This requires a token with the role admin." : detail;
  } catch {
    return "The service cannot be reached.";
  }
}

const amount = (n) => plural(n, "hold", "holds");

function names(all) {
  const others = all.length > 2 ? [all[0], `${count(all.length - 1)} others`] : all;
  return others.join(" and ");
}
