import { client } from "./client.ts";

/** Makes an account, or logs in to the one that a lost answer has made. @returns the problem, if there is one */
export async function signUp(person: { email: string; password: string; name: string }) {
  const { error } = await client.register(person);
  if (!error?.type.endsWith("/email-taken")) return error;
  const { email, password } = person;
  const login = await client.login({ email, password });
  return login.error && error;
}

/** @returns the problem, if there is one */
export async function logIn(email: string, password: string) {
  const { error } = await client.login({ email, password });
  return error;
}

/** The tokens are gone from the phone even when the service is not reached. */
export const logOut = () => client.logout().catch(() => {});
