// Signing in where the service asks for it. The token lives in a cookie that scripts can't read, for some minutes; it is
// kept here, in memory only, to sign in again before those are over. Leaving the page forgets it.

import { byId, setText } from "./dom.js";

const URL_OF_SESSION = "api/v1/session";
const AGAIN = 10 * 60_000;
const dialog = byId("sign-in");
const error = byId("sign-in-error");
const token = byId("token");
const signOut = byId("sign-out");
let listeners = [];
let timer = 0;

/** @param listener called when somebody signed in */
export function onSignedIn(listener) {
  listeners.push(listener);
}

/** Asks for a token, once however often it is called. */
export function ask() {
  if (!dialog.open) {
    dialog.showModal();
  }
}

/** Whether there is somebody to sign out. */
export async function look() {
  const response = await fetch(URL_OF_SESSION, { cache: "no-store" });
  if (response.ok) {
    const session = await response.json();
    signOut.hidden = session.mode !== "jwt" || !session.subject;
    signOut.title = session.subject ? `Signed in as ${session.subject}` : "";
  }
}

async function signIn(value) {
  const response = await fetch(URL_OF_SESSION, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token: value }),
  });
  if (!response.ok) {
    throw new Error(response.status === 401 ? "This token is not accepted." : `The service answers ${response.status}.`);
  }
  clearTimeout(timer);
  timer = setTimeout(() => signIn(value).catch(ask), AGAIN);
}

byId("sign-in-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  setText(error, "");
  try {
    await signIn(token.value.trim());
    token.value = "";
    dialog.close();
    listeners.forEach((listener) => listener());
    await look();
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
