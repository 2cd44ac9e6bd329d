// Server-sent events over fetch. EventSource hides the status of an error response and the comments that serve as heartbeats,
// and it stops reconnecting after an error response. See docs/adr/0013.

const HEARTBEAT_TIMEOUT = 45_000; // the service sends a comment every 15 s
const MAX_WAIT = 5_000;
const STABLE = 5_000; // a connection that lasted this long resets the backoff
const SLICE = 8; // milliseconds of work before other tasks of the page run

/**
 * Keeps a stream open, reconnecting as needed.
 *
 * @param onEvent called with (type, data, id) for each event
 * @param onSnapshot called before the events of a connection that starts with a snapshot
 * @param onState called with {name: "connecting" | "live" | "lost" | "off" | "unauthorised", since, retryAt, reason}
 */
export class EventStream {
  #url;
  #onEvent;
  #onSnapshot;
  #onState;
  #lastId = "";
  #attempt = 0;
  #skipWait = null;

  constructor(url, { onEvent, onSnapshot, onState }) {
    this.#url = url;
    this.#onEvent = onEvent;
    this.#onSnapshot = onSnapshot;
    this.#onState = onState;
    addEventListener("online", () => this.retry());
    document.addEventListener("visibilitychange", () => document.hidden || this.retry());
    this.#run();
  }

  /** Starts the next attempt at once if it is waiting for one. */
  retry() {
    this.#skipWait?.();
  }

  async #run() {
    for (;;) {
      const began = performance.now();
      const failure = await this.#connect();
      if (performance.now() - began > STABLE) {
        this.#attempt = 0;
      }
      const wait = failure.wait ?? Math.min(MAX_WAIT, 500 * 2 ** this.#attempt) * (0.75 + Math.random() / 2);
      this.#attempt++;
      this.#onState({ name: failure.name, reason: failure.reason, retryAt: Date.now() + wait });
      await new Promise((done) => {
        const timer = setTimeout(done, wait);
        this.#skipWait = () => {
          clearTimeout(timer);
          this.#attempt = 0;
          done();
        };
      });
      this.#skipWait = null;
      this.#onState({ name: "connecting" });
    }
  }

  /** Runs one connection. @returns why it ended */
  async #connect() {
    const abort = new AbortController();
    let watchdog = setTimeout(() => abort.abort(), HEARTBEAT_TIMEOUT);
    try {
      const headers = { Accept: "text/event-stream" };
      if (this.#lastId) {
        headers["Last-Event-ID"] = this.#lastId;
      }
      const response = await fetch(this.#url, { headers, cache: "no-store", signal: abort.signal });
      if (!response.ok) {
        abort.abort();
        return refusal(response);
      }
      this.#onState({ name: "live" });
      if (!this.#lastId) {
        this.#onSnapshot();
      }
      const parse = parser((type, data, id) => this.#received(type, data, id));
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let sliceStart = performance.now();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) {
          return { name: "lost", reason: "the service ended the stream" };
        }
        clearTimeout(watchdog);
        watchdog = setTimeout(() => abort.abort(), HEARTBEAT_TIMEOUT);
        parse(value);
        if (performance.now() - sliceStart > SLICE) {
          await new Promise((go) => setTimeout(go));
          sliceStart = performance.now();
        }
      }
    } catch (failure) {
      const reason = abort.signal.aborted ? "no data received for 45 s" : "the service cannot be reached";
      return { name: "lost", reason, failure };
    } finally {
      clearTimeout(watchdog);
    }
  }

  #received(type, data, id) {
    if (id) {
      this.#lastId = id;
    }
    this.#onEvent(type, data === "" ? {} : JSON.parse(data), id);
  }
}

function refusal(response) {
  switch (response.status) {
    case 401:
    case 403:
      return { name: "unauthorised", reason: "sign in", wait: 3_600_000 };
    case 404:
    case 501:
      return { name: "off", reason: "disabled in this service", wait: 60_000 };
    default: {
      const seconds = Number(response.headers.get("Retry-After"));
      return {
        name: "lost",
        reason: `the service responds with ${response.status}`,
        wait: seconds > 0 ? Math.min(seconds * 1000, 60_000) : undefined,
      };
    }
  }
}

/** Parses chunks of text into events. https://html.spec.whatwg.org/multipage/server-sent-events.html */
function parser(emit) {
  let rest = "";
  let type = "message";
  let data = [];
  let id = "";
  return (text) => {
    rest += text;
    let from = 0;
    for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n", from)) {
      const line = rest.slice(from, rest[end - 1] === "\r" && end > from ? end - 1 : end);
      from = end + 1;
      if (line === "") {
        if (data.length > 0) {
          emit(type, data.join("\n"), id);
        }
        type = "message";
        data = [];
      } else if (!line.startsWith(":")) {
        const colon = line.indexOf(":");
        const field = colon < 0 ? line : line.slice(0, colon);
        const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
        if (field === "data") {
          data.push(value);
        } else if (field === "event") {
          type = value;
        } else if (field === "id") {
          id = value;
        }
      }
    }
    rest = rest.slice(from);
  };
}
