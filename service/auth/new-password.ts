import { problems } from "../platform/problems.ts";
import { opaqueString } from "./opaque-string.ts";

/**
 * Refuses a new password that anybody would try. The list is read when the first one comes.
 * @param pointer JSON Pointer to the password in the request's body
 * @param known what is known of the user
 * @throws the problem `common-password`
 */
export async function refuseCommon(
  pointer: string,
  password: string,
  known: readonly string[],
): Promise<void> {
  const { isCommon } = await import("./common-passwords.ts");
  if (isCommon(opaqueString(password), known)) throw problems.commonPassword(pointer);
}
