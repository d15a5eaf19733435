import type { components } from "@ecobeat/mobile-client";

/** A message for the user. It depends on the problem's type, which never changes its meaning. */
export function messageFor({ type, errors }: components["schemas"]["Problem"]): string {
  switch (type.split("/").at(-1)) {
    case "invalid-credentials":
      return "E-mail address or password is wrong.";
    case "email-taken":
    case "idempotency-key-reused":
      return "You have an account already. Log in instead.";
    case "common-password":
      return "Others use this password too. Choose several words.";
    case "invalid-body":
      return `Please check: ${errors?.map((fault) => ("pointer" in fault ? fault.pointer.slice(1) : "")).join(", ")}.`;
    case "invalid-link":
      return "This link is no longer valid. Request another mail.";
    case "email-not-verified":
      return "Please confirm your e-mail address first.";
    case "wrong-password":
      return "The current password is wrong.";
    case "invalid-token":
    case "invalid-refresh-token":
    case "refresh-token-reused":
      return "Please log in again.";
    case "precondition-failed":
      return "This was changed on another phone. Here is how it is now.";
    case "app-version-too-old":
      return "This app is too old. Please install the new version.";
    case "too-many-requests":
    case "too-many-logins":
      return "Too many attempts. Try again in a while.";
    case "unavailable":
    case "timed-out":
      return "Ecobeat does not respond at the moment. Your activities are saved.";
    default:
      return "That did not work.";
  }
}
