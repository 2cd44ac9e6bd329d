// A line to the service that is open does not mean that the service has one to its broker. Its readiness says so.

/** @returns the names of the checks that fail; empty when the service is ready, or does not tell its health here */
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
