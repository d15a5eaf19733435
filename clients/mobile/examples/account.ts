import { client } from "./client.ts";

/**
 * Makes an account and logs in to it.
 * @param formKey a UUID that the screen makes when it opens (`randomUUID` of `expo-crypto`): with it, the user may press the button
 *   again when the answer was lost, and gets the same account
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

/** The tokens are gone from the phone even when the service is not reached. */
export const logOut = () => client.logout().catch(() => {});
