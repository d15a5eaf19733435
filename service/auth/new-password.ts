import { problems } from "../platform/problems.ts";
import { opaqueString } from "./opaque-string.ts";

let list: typeof import("./common-passwords.ts") | undefined;

/**
 * Rejects a new password that attackers try first. The list is loaded with the first password.
 * @param pointer JSON Pointer to the password in the body
 * @param user what an attacker may know of the user
 * @throws the problem `common-password`
 */
export async function rejectCommonPassword(
  pointer: string,
  password: string,
  user: { name: string; email: string },
): Promise<void> {
  list ??= await import("./common-passwords.ts");
  if (list.isCommonPassword(opaqueString(password), [user.name, user.email.split("@")[0]!]))
    throw problems.commonPassword(pointer);
}
