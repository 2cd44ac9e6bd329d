// Sign-in, if the service requires it. The token is stored in a short-lived cookie that scripts cannot read. The page keeps it in
// memory only, to renew the cookie; it is gone when the page is closed.

import { byId, setText } from "./dom.js";

const URL_OF_SESSION = "api/v1/session";
const RENEWAL = 10 * 60_000;
const dialog = byId("sign-in");
const error = byId("sign-in-error");
const token = byId("token");
const signOut = byId("sign-out");
const listeners = [];
const rolesListeners = [];
let timer = 0;

/** @param listener called after each sign-in */
export function onSignedIn(listener) {
  listeners.push(listener);
}

/** @param listener called with the caller's roles, a Set */
export function onRoles(listener) {
  rolesListeners.push(listener);
}

/** Opens the sign-in dialog, unless it is open. */
export function ask() {
  if (!dialog.open) {
    dialog.showModal();
  }
}

/** Reads who the caller is. Shows the sign-out button if a user is signed in. */
export async function refresh() {
  const response = await fetch(URL_OF_SESSION, { cache: "no-store" });
  if (response.ok) {
    const session = await response.json();
    signOut.hidden = session.mode !== "jwt" || !session.subject;
    signOut.title = session.subject ? `Signed in as ${session.subject}` : "";
    const roles = new Set(session.roles);
    rolesListeners.forEach((listener) => listener(roles));
  }
}

async function signIn(value) {
  const response = await fetch(URL_OF_SESSION, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token: value }),
  });
  if (!response.ok) {
    throw new Error(response.status === 401 ? "This token is not accepted." : `The service responds with ${response.status}.`);
  }
  clearTimeout(timer);
  timer = setTimeout(() => signIn(value).catch(ask), RENEWAL);
}

byId("sign-in-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  setText(error, "");
  try {
    await signIn(token.value.trim());
    token.value = "";
    dialog.close();
    listeners.forEach((listener) => listener());
    await refresh();
  } catch (failure) {
    setText(error, failure.message);
    token.focus();
  }
});

signOut.addEventListener("click", async () => {
  clearTimeout(timer);
  await fetch(URL_OF_SESSION, { method: "DELETE" });
  location.reload();
});
