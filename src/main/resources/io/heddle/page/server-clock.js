// The server's time, whatever this machine's clock says. A Date header is cut to whole seconds, so each answer gives an
// interval for the offset; what all of them have in common soon is narrower than any of them.

let low = -Infinity;
let high = Infinity;

/** This machine's time, steady when its clock is set. */
const steady = () => performance.timeOrigin + performance.now();

/** @returns a moment to give to {@link sample} */
export const mark = () => steady();

/** @param response an answer, @param sentAt the {@link mark} before its request */
export function sample(response, sentAt) {
  const date = Date.parse(response.headers.get("Date") ?? "");
  if (Number.isNaN(date)) {
    return;
  }
  const least = date - steady();
  const most = date + 1000 - sentAt;
  if (least > high || most < low) {
    low = least; // one of the clocks was set, or this machine slept: begin anew
    high = most;
  } else {
    low = Math.max(low, least);
    high = Math.min(high, most);
  }
}

/** Milliseconds since the epoch, on the server. */
export const now = () => steady() + (Number.isFinite(low) ? (low + high) / 2 : 0);
