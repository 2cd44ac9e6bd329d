// Numbers, times and durations as text.

const COUNT = new Intl.NumberFormat("en");
const UNITS = ["B", "kB", "MB", "GB", "TB"];
const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

export const count = (n) => COUNT.format(n);

export const plural = (n, one, many) => `${count(n)} ${n === 1 ? one : many}`;

/** "512 B", "3.4 kB", "1.2 GB". */
export function size(bytes) {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? bytes : value.toFixed(value < 10 ? 1 : 0)} ${UNITS[power]}`;
}

/** Time of day, in the reader's time zone. */
export const clockTime = (millis) => CLOCK.format(millis);

/** A remaining time: "8 s", "1 m 05 s", "2 h 10 m". Never negative. */
export function remaining(millis) {
  const seconds = Math.max(0, Math.ceil(millis / 1000));
  if (seconds < 60) {
    return `${seconds} s`;
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return `${minutes} m ${pad(seconds % 60)} s`;
  }
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} m`;
}

/** A rounded age: "8 s", "3 min", "2 h", "5 d". */
export function age(millis) {
  const seconds = Math.max(0, Math.floor(millis / 1000));
  if (seconds < 60) {
    return `${seconds} s`;
  }
  if (seconds < 3600) {
    return `${Math.floor(seconds / 60)} min`;
  }
  if (seconds < 48 * 3600) {
    return `${Math.floor(seconds / 3600)} h`;
  }
  return `${Math.floor(seconds / 86400)} d`;
}

/** Replaces control characters, and characters that hide or reorder text, by their code points: gnp.exe must not look like exe.png. */
export const visible = (text) =>
  text.replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (hidden) => `\u27e8U+${hidden.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}\u27e9`,
  );

const pad = (n) => String(n).padStart(2, "0");
