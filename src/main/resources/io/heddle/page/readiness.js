// A line to the service that is open does not mean that the service has one to its broker. Its readiness says so.

import * as clock from "./server-clock.js";

const EVERY = 10_000;

/** @param listener called with why the service is not ready; empty when it is, or when nobody can say */
export async function watchReadiness(listener) {
  for (;;) {
    const reason = document.hidden ? undefined : await ask().catch(() => "");
    if (reason === null) {
      return; // health is not told here
    }
    if (reason !== undefined) {
      listener(reason);
    }
    await new Promise((done) => setTimeout(done, EVERY));
  }
}

async function ask() {
  const sentAt = clock.mark();
  const response = await fetch("q/health/ready", { cache: "no-store" });
  clock.sample(response, sentAt);
  if (response.ok) {
    return "";
  }
  if (response.status !== 503) {
    return null;
  }
  const { checks = [] } = await response.json();
  return checks
    .filter((check) => check.status !== "UP")
    .map((check) => check.name)
    .join(", ");
}
