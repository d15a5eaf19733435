import { problems } from "../platform/problems.ts";
import { opaqueString } from "./opaque-string.ts";

/**
 * Refuses a new password that anybody would try. The list is read when the first one comes.
 * @param pointer JSON Pointer to the password in the request's body
 * @param user what anybody may know of whose password it is to be
 * @throws the problem `common-password`
 */
export async function rejectCommonPassword(
  pointer: string,
  password: string,
  user: { name: string; email: string },
): Promise<void> {
  const { isCommonPassword } = await import("./common-passwords.ts");
  if (isCommonPassword(opaqueString(password), [user.name, user.email.split("@")[0]!]))
    throw problems.commonPassword(pointer);
}
