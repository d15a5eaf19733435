import { client } from "./client.ts";

/**
 * Creates an account and logs in to it.
 * @param formKey a UUID that the screen creates when it opens (`randomUUID` of `expo-crypto`). With it, the user can press the button
 *   again after a lost response, and gets the same account
 * @returns the problem, if there is one
 */
export async function signUp(person: { email: string; password: string; name: string }, formKey: string) {
  const { error } = await client.register(person, formKey);
  return error;
}

/** @returns the problem, if there is one */
export async function logIn(email: string, password: string) {
  const { error } = await client.login({ email, password });
  return error;
}

/** Removes the tokens from the phone, even if the service is unreachable. */
export const logOut = () => client.logout().catch(() => {});
