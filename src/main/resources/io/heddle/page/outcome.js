// Sends a change, and reads its progress and its outcome.

const NDJSON = "application/x-ndjson";

/**
 * Sends a request and waits for its end.
 *
 * @param request {method, url, body, streams}: streams if the service reports the progress as lines of JSON
 * @param onProgress called with {total, done, failed}
 * @returns {total, done, failed: [{vm, reason}], unfinished}; or {refused, field, failed: []} with the reason and the invalid field
 */
export async function outcomeOf({ method, url, body, streams }, signal, onProgress) {
  const headers = streams ? { Accept: NDJSON } : {};
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
  }
  try {
    const response = await fetch(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal });
    if (!response.ok) {
      return await refusal(response);
    }
    if (response.headers.get("Content-Type")?.startsWith(NDJSON)) {
      return await lines(response.body, onProgress);
    }
    const answer = response.status === 204 ? {} : await response.json();
    return { total: answer.total ?? 1, done: answer.done ?? 1, failed: answer.failed ?? [] };
  } catch {
    return { refused: "The service cannot be reached.", failed: [] };
  }
}

async function refusal(response) {
  const { detail, field } = await response.json().catch(() => ({}));
  const refused =
    response.status === 401 || response.status === 403
      ? `This requires a token with another role${detail ? `: ${detail}` : ""}.`
      : (detail ?? `The service responds with ${response.status}.`);
  return { refused, field, failed: [] };
}

/** The last line has all failures; each other one those since the line before. */
async function lines(body, onProgress) {
  let last = { total: 0, done: 0, failed: [], finished: false };
  let rest = "";
  try {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const parts = (rest + next.value).split("\n");
      rest = parts.pop();
      for (const line of parts.filter(Boolean)) {
        const now = JSON.parse(line);
        last = { ...now, failed: now.finished ? now.failed : [...last.failed, ...now.failed] };
        onProgress(last);
      }
    }
  } catch {
    return { ...last, unfinished: true };
  }
  return { ...last, unfinished: !last.finished };
}
