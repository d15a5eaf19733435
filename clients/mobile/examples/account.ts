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

/** For the screen "Forgot password?". Say afterwards "If there is an account with this address, a mail is on its way". */
export async function forgotPassword(email: string) {
  const { error } = await client.requestPasswordReset(email);
  return error;
}

/** For the screen of a link with the action `reset-password`. Show the login afterwards. */
export async function choosePassword(token: string, newPassword: string) {
  const { error } = await client.resetPassword(token, newPassword);
  return error;
}

/** For the screen of a link with the action `confirm-email`, after the user has pressed its button. */
export async function confirmAddress(token: string) {
  const { error } = await client.confirmEmail(token);
  return error;
}

/** Whether to show "Confirm your address", with a button that calls `client.requestEmailVerification()`. */
export async function needsConfirmation(): Promise<boolean> {
  const { data } = await client.api.GET("/v1/users/me");
  return data?.email_verified === false;
}

/** Show "Follow the link in the mail to the new address" afterwards. The profile has the old address until then. */
export async function changeAddress(newEmail: string, currentPassword: string) {
  const { error } = await client.changeEmail(newEmail, currentPassword);
  return error;
}
