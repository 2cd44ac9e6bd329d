// The fields of a share.

const CUBEFS = ["cubefs.volume", "cubefs.masters", "cubefs.owner", "cubefs.subdir", "cubefs.access_key", "cubefs.secret_key"];
const NAME = "[A-Za-z0-9][A-Za-z0-9._\\-]{0,127}";
const KEY = { type: "password", maxlength: 256 };

/** The fields, with what is known of a share that is changed. Their names are those that the problems of the service name. */
export function shareFields(share) {
  return [
    { name: "id", label: "Id", value: share?.id ?? "", required: "", pattern: NAME, readonly: share && "", hint: "Letters, digits, dots, _ and -" },
    { name: "mount_point", label: "Mount point", value: share?.mountPoint ?? "", required: "", pattern: "/.*", placeholder: "/run/weft/shares/team-data" },
    { name: "readonly", label: "Read-only", type: "checkbox", value: share?.readonly ?? false },
    { name: "backend", label: "Backend", type: "select", value: share?.backend || "cubefs", options: backends(share) },
    { name: "cubefs.volume", label: "Volume", value: share?.volume ?? "", required: "", pattern: NAME },
    { name: "cubefs.masters", label: "Masters", required: "", pattern: "[^\\s,]+:\\d+([\\s,]+[^\\s,]+:\\d+)*", placeholder: "10.9.0.1:17010, 10.9.0.2:17010", hint: "host:port, separated by commas" },
    { name: "cubefs.owner", label: "Owner", hint: "Empty: the default of the node agent" },
    { name: "cubefs.subdir", label: "Directory of the volume", hint: "Empty: all of it" },
    { name: "cubefs.access_key", label: "Access key", ...KEY },
    { name: "cubefs.secret_key", label: "Secret key", ...KEY, hint: "Keys are sent once, and shown nowhere" },
  ];
}

/** Hides the fields that the chosen backend does not have. @param show (name, shown) */
export function showShareFields({ backend }, show) {
  const isCubeFs = backend === "cubefs";
  CUBEFS.forEach((name) => show(name, isCubeFs));
  document.getElementsByName("cubefs.volume")[0].required = isCubeFs;
  document.getElementsByName("cubefs.masters")[0].required = isCubeFs;
}

/** @returns the share as the API takes it */
export function descriptionOf(values) {
  const { mount_point, readonly, backend } = values;
  if (backend !== "cubefs") {
    return { mount_point, readonly, backend };
  }
  const cubefs = { masters: values["cubefs.masters"].split(/[\s,]+/).filter(Boolean) };
  for (const name of CUBEFS) {
    const field = name.slice("cubefs.".length);
    if (field !== "masters" && values[name]) {
      cubefs[field] = values[name];
    }
  }
  return { mount_point, readonly, backend, cubefs };
}

const backends = (share) => [...new Set(["cubefs", "virtio9p", share?.backend].filter(Boolean))];
