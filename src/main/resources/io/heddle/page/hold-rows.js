// From holds to the rows that show them: those that end first, the tree of files, or by agent.

const byPath = (a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
const byEnd = (a, b) => a.end - b.end || byPath(a, b);

/**
 * @param view "ends", "files" or "agents"
 * @param folded keys of the groups that are folded
 * @returns rows: {key, depth, hold, name} or {key, depth, group, name, count, end}
 */
export function rowsOf(holds, view, folded) {
  switch (view) {
    case "files":
      return tree(holds.sort(byPath), folded);
    case "agents":
      return agents(holds.sort((a, b) => (a.agent < b.agent ? -1 : a.agent > b.agent ? 1 : byEnd(a, b))), folded);
    default:
      return holds.sort(byEnd).map((hold) => ({ key: hold.path, depth: 0, hold }));
  }
}

function agents(sorted, folded) {
  const rows = [];
  for (let from = 0, to = 0; from < sorted.length; from = to) {
    const { agent } = sorted[from];
    while (to < sorted.length && sorted[to].agent === agent) {
      to++;
    }
    const key = `agent:${agent}`;
    rows.push({ key, depth: 0, group: "agent", name: agent, count: to - from, end: soonest(sorted, from, to) });
    if (!folded.has(key)) {
      for (let i = from; i < to; i++) {
        rows.push({ key: sorted[i].path, depth: 1, hold: sorted[i] });
      }
    }
  }
  return rows;
}

/** Files below one directory stand together in the sorted order, so a directory is a range of it. */
function tree(sorted, folded) {
  const rows = [];
  walk(0, sorted.length, 0, 0);
  return rows;

  function walk(from, to, base, depth) {
    let at = from;
    while (at < to) {
      const slash = sorted[at].path.indexOf("/", base);
      if (slash < 0) {
        rows.push({ key: sorted[at].path, depth, hold: sorted[at], name: sorted[at].path.slice(base) });
        at++;
        continue;
      }
      const end = endOf(sorted, at, to, sorted[at].path.slice(0, slash + 1));
      const inner = commonDirectory(sorted[at].path, sorted[end - 1].path);
      const path = sorted[at].path.slice(0, inner);
      const name = sorted[at].path.slice(base, inner);
      rows.push({ key: path, depth, group: "directory", name, count: end - at, end: soonest(sorted, at, end) });
      if (!folded.has(path)) {
        walk(at, end, inner, depth + 1);
      }
      at = end;
    }
  }
}

/** Where the range of paths with a prefix ends, by halving. */
function endOf(sorted, from, to, prefix) {
  let low = from + 1;
  let high = to;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle].path.startsWith(prefix)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** The length of the longest directory that both are in: chains of only children become one row. */
function commonDirectory(one, other) {
  let slash = 0;
  for (let i = 0; i < one.length && one[i] === other[i]; i++) {
    if (one[i] === "/") {
      slash = i + 1;
    }
  }
  return slash;
}

function soonest(holds, from, to) {
  let end = Infinity;
  for (let i = from; i < to; i++) {
    end = Math.min(end, holds[i].end);
  }
  return end;
}
