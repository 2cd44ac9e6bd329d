// The rows for holds: by end, as a tree of files, or by holder.

const WHOLE = "(the directory)"; // the name of a directory's hold below the row of the directory

/**
 * @param holds by key
 * @param view "ends", "files" or "holders"
 * @param folded keys of the groups that are folded
 * @returns rows: {key, depth, hold, name} or {key, depth, group, name, count, end}
 */
export function rowsOf(holds, view, folded) {
  switch (view) {
    case "files":
      return tree(holds, folded);
    case "holders":
      return holders(holds, folded);
    default:
      return byEnd(holds).map((hold) => ({ key: hold.key, depth: 0, hold }));
  }
}

/** Sorts numbers that contain the index of their hold: much faster than sorting with a comparator. */
function byEnd(holds) {
  const { length } = holds;
  const first = soonest(holds, 0, length);
  const keys = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    keys[i] = Math.floor(holds[i].end - first) * length + i;
  }
  return Array.from(keys.sort(), (key) => holds[key % length]);
}

function holders(holds, folded) {
  const byHolder = new Map();
  for (const hold of holds) {
    const own = byHolder.get(hold.holder);
    if (own) {
      own.push(hold);
    } else {
      byHolder.set(hold.holder, [hold]);
    }
  }
  const rows = [];
  for (const holder of [...byHolder.keys()].sort()) {
    const own = byHolder.get(holder);
    const key = `holder:${holder}`;
    rows.push({ key, depth: 0, group: "holder", name: holder, count: own.length, end: soonest(own, 0, own.length) });
    if (!folded.has(key)) {
      byEnd(own).forEach((hold) => rows.push({ key: hold.key, depth: 1, hold }));
    }
  }
  return rows;
}

/** In the sorted order the files below a directory are adjacent: a directory is a range. */
function tree(sorted, folded) {
  const rows = [];
  walk(0, sorted.length, 0, 0);
  return rows;

  function walk(from, to, base, depth) {
    let at = from;
    while (at < to) {
      const slash = sorted[at].path.indexOf("/", base);
      if (slash < 0) {
        rows.push({ key: sorted[at].key, depth, hold: sorted[at], name: sorted[at].path.slice(base) || WHOLE });
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

/** The end of the range of paths with a prefix, by binary search. */
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

/** The length of the longest common directory: a chain of directories with one entry each becomes one row. */
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
