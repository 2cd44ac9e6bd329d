// Server-sent events over fetch. EventSource would hide what an operator must know: the status of a refusal, and the comments
// that show that the line is alive. It also gives up for good at the first error page. See docs/adr/0013.

const SILENCE = 45_000; // the server says something every 15 s
const LONGEST_WAIT = 5_000;
const SETTLED = 5_000;
const SLICE = 8; // milliseconds of work before others get their turn

/**
 * Keeps a stream open for ever.
 *
 * @param onEvent called with (type, data, id) for each event
 * @param onSnapshot called before the events of a connection that begins from nothing
 * @param onState called with {name: "connecting" | "live" | "lost" | "off" | "unauthorised", since, retryAt, reason}
 */
export class EventStream {
  #url;
  #onEvent;
  #onSnapshot;
  #onState;
  #lastId = "";
  #attempt = 0;
  #hurry = null;

  constructor(url, { onEvent, onSnapshot, onState }) {
    this.#url = url;
    this.#onEvent = onEvent;
    this.#onSnapshot = onSnapshot;
    this.#onState = onState;
    addEventListener("online", () => this.retry());
    document.addEventListener("visibilitychange", () => document.hidden || this.retry());
    this.#run();
  }

  /** Tries at once when it is waiting for its next attempt. */
  retry() {
    this.#hurry?.();
  }

  async #run() {
    for (;;) {
      const began = performance.now();
      const failure = await this.#once();
      if (performance.now() - began > SETTLED) {
        this.#attempt = 0;
      }
      const wait = failure.wait ?? Math.min(LONGEST_WAIT, 500 * 2 ** this.#attempt) * (0.75 + Math.random() / 2);
      this.#attempt++;
      this.#onState({ name: failure.name, reason: failure.reason, retryAt: Date.now() + wait });
      await new Promise((done) => {
        const timer = setTimeout(done, wait);
        this.#hurry = () => {
          clearTimeout(timer);
          this.#attempt = 0;
          done();
        };
      });
      this.#hurry = null;
      this.#onState({ name: "connecting" });
    }
  }

  /** One connection from its beginning to its end. @returns why it ended */
  async #once() {
    const abort = new AbortController();
    let watchdog = setTimeout(() => abort.abort(), SILENCE);
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
      let turn = performance.now();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) {
          return { name: "lost", reason: "the service ended the stream" };
        }
        clearTimeout(watchdog);
        watchdog = setTimeout(() => abort.abort(), SILENCE);
        parse(value);
        if (performance.now() - turn > SLICE) {
          await new Promise((go) => setTimeout(go));
          turn = performance.now();
        }
      }
    } catch (failure) {
      const reason = abort.signal.aborted ? "nothing was heard for a while" : "the service cannot be reached";
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
      return { name: "off", reason: "switched off in this service", wait: 60_000 };
    default: {
      const seconds = Number(response.headers.get("Retry-After"));
      return {
        name: "lost",
        reason: `the service answers ${response.status}`,
        wait: seconds > 0 ? Math.min(seconds * 1000, 60_000) : undefined,
      };
    }
  }
}

/** Takes text as it comes and gives whole events. https://html.spec.whatwg.org/multipage/server-sent-events.html */
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
