// Asks for a confirmation that names what happens, sends the request, and shows the result: how many VMs it reached, and which not.

import { byId, element, setAttribute, setText } from "./dom.js";
import { count, plural, visible } from "./format.js";
import { outcomeOf } from "./outcome.js";

const LISTED = 100;

const dialog = byId("act");
const form = byId("act-form");
const fields = byId("act-fields");
const progress = byId("act-progress");
const status = byId("act-status");
const failures = byId("act-failures");
const error = byId("act-error");
const submit = byId("act-submit");
const cancel = byId("act-cancel");

let spec = null;
let abort = null;

/**
 * Opens the dialog.
 *
 * @param options.title what is asked
 * @param options.consequences (values) -> the sentences that name what happens
 * @param options.fields [{name, label, type, value, hint, ...attributes}]; type is that of an input, "textarea" or "select"
 * @param options.submit the text of the button, @param options.takes whether VMs lose something
 * @param options.request (values) -> {method, url, body, streams}
 * @param options.done (outcome) -> what happened
 * @param options.closed returns the focus
 * @param options.changed called after a request that the service has accepted
 */
export function act(options) {
  spec = { fields: [], ...options };
  abort = null;
  setText(byId("act-title"), spec.title);
  fields.replaceChildren(...spec.fields.map(createField));
  setText(submit, spec.submit);
  setAttribute(submit, "data-tone", spec.takes ? "bad" : undefined);
  submit.hidden = false;
  submit.disabled = false;
  setText(cancel, "Cancel");
  progress.hidden = true;
  setText(status, "");
  report("", []);
  showConsequences();
  dialog.showModal();
}

form.addEventListener("input", showConsequences);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
cancel.addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => {
  abort?.abort(); // the service finishes a change that has begun
  fields.replaceChildren(); // with the keys in it
  spec.closed();
});

function createField({ name, label, type = "text", value = "", hint, options = [], ...attributes }) {
  const id = `act-${name.replaceAll(/\W/g, "-")}`;
  const hintId = hint ? `${id}-hint` : undefined;
  const common = { id, name, "aria-describedby": hintId, ...attributes };
  let input;
  if (type === "textarea") {
    input = element("textarea", { rows: 6, spellcheck: "false", ...common });
  } else if (type === "select") {
    input = element("select", common, ...options.map((option) => element("option", { value: option }, option)));
  } else {
    input = element("input", { type, autocomplete: type === "password" ? "new-password" : "off", spellcheck: "false", ...common });
  }
  if (type === "checkbox") {
    input.checked = value;
  } else {
    input.value = value;
  }
  const text = element("label", { for: id }, label);
  const line = type === "checkbox" ? [element("div", { class: "check" }, input, text)] : [text, input];
  return element("div", { class: "field" }, ...line, hint ? element("p", { class: "hint", id: hintId }, hint) : "");
}

function values() {
  const all = {};
  for (const input of fields.querySelectorAll("[name]")) {
    all[input.name] = input.type === "checkbox" ? input.checked : input.value.trim();
  }
  return all;
}

function showConsequences() {
  const given = values();
  spec.show?.(given, (name, shown) => (fields.querySelector(`[name="${name}"]`).closest(".field").hidden = !shown));
  byId("act-consequences").replaceChildren(...spec.consequences(given).map((text) => element("li", {}, text)));
}

async function run() {
  const mine = new AbortController();
  abort = mine;
  submit.disabled = true;
  report("", []);
  setText(status, "Sending…");
  fields.querySelectorAll("[aria-invalid]").forEach((input) => input.removeAttribute("aria-invalid"));
  const outcome = await outcomeOf(spec.request(values()), mine.signal, showProgress);
  if (mine.signal.aborted || abort !== mine) {
    return;
  }
  submit.disabled = false;
  setText(status, "");
  if (!outcome.refused) {
    spec.changed?.();
  }
  if (outcome.refused || outcome.failed.length > 0 || outcome.unfinished) {
    progress.hidden = outcome.refused;
    report(outcome.refused ?? unreached(outcome), outcome.failed);
    setText(submit, "Try again");
    const wrong = outcome.field && fields.querySelector(`[name="${CSS.escape(outcome.field)}"]`);
    if (wrong) {
      setAttribute(wrong, "aria-invalid", true);
    }
    (wrong || submit).focus();
    return;
  }
  fields.replaceChildren();
  byId("act-consequences").replaceChildren();
  submit.hidden = true;
  setText(status, spec.done(outcome));
  setText(cancel, "Close");
  cancel.focus();
}

function unreached({ failed, unfinished }) {
  const cut = unfinished ? "The connection was lost before the end; the service goes on with the change. " : "";
  return failed.length > 0 ? `${cut}${plural(failed.length, "VM was", "VMs were")} not reached. The service retries; you can too.` : cut;
}

function showProgress({ total, done, failed }) {
  progress.hidden = false;
  progress.max = Math.max(1, total);
  progress.value = done + failed.length;
  setText(status, `${count(done)} of ${plural(total, "VM", "VMs")}${failed.length > 0 ? `, ${count(failed.length)} failed` : ""}`);
}

function report(text, failed) {
  setText(error, visible(text));
  const lines = failed.slice(0, LISTED).map(({ vm, reason }) => element("li", {}, element("b", {}, visible(vm)), `: ${visible(reason)}`));
  if (failed.length > LISTED) {
    lines.push(element("li", {}, `and ${count(failed.length - LISTED)} more`));
  }
  failures.replaceChildren(...lines);
  failures.hidden = lines.length === 0;
}
