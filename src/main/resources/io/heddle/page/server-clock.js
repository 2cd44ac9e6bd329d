// The broker's time, by which holds end, whatever this machine's clock says. Each answer gives an interval for the offset
// between the two, as wide as the request took; what all of them have in common is narrower than any of them.

let low = -Infinity;
let high = Infinity;

/** This machine's time, steady when its clock is set. */
const steady = () => performance.timeOrigin + performance.now();

/** Asks for the time. Does nothing where it is not told. */
export async function ask() {
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
    low = least; // one of the clocks was set, or this machine slept: begin anew
    high = most;
  } else {
    low = Math.max(low, least);
    high = Math.min(high, most);
  }
}

/** Milliseconds since the epoch, as the broker counts them. */
export const now = () => steady() + (Number.isFinite(low) ? (low + high) / 2 : 0);
