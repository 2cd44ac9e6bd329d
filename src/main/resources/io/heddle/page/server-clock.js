// The time of the broker, which determines when holds end. Each response limits the offset to this machine's clock to an
// interval as wide as the request took; their intersection is narrower than each of them.

let low = -Infinity;
let high = Infinity;

/** The time of this machine; monotonic. */
const steady = () => performance.timeOrigin + performance.now();

/** Requests the time. Does nothing if the response is an error. */
export async function synchronize() {
  const sentAt = steady();
  const response = await fetch("api/v1/holds?limit=1", { cache: "no-store" });
  if (!response.ok) {
    return;
  }
  const receivedAt = steady();
  const time = Date.parse((await response.json()).now);
  const least = time - receivedAt;
  const most = time + 1 - sentAt;
  if (least > high || most < low) {
    low = least; // a clock was set, or this machine was suspended: start again
    high = most;
  } else {
    low = Math.max(low, least);
    high = Math.min(high, most);
  }
}

/** Milliseconds since the epoch by the clock of the broker. */
export const now = () => steady() + (Number.isFinite(low) ? (low + high) / 2 : 0);
