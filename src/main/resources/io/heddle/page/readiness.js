// The readiness of the service: a connection to the service does not imply a connection to the broker.

/** @returns the names of the failed checks; empty if the service is ready or its health is not available here */
export async function unreadiness() {
  const response = await fetch("q/health/ready", { cache: "no-store" });
  if (response.status !== 503) {
    return "";
  }
  const { checks = [] } = await response.json();
  return checks
    .filter((check) => check.status !== "UP")
    .map((check) => check.name)
    .join(", ");
}
