/** Names that the stacks, the pre-traffic hook and the commands share. It imports nothing. */

/** End of the name of the function that tests a new version before it gets traffic. */
export const preTrafficFunctionId = "pre-traffic";

/**
 * SecureString with the {@link ProbeAccount} for tests of new versions, created by `npm run ops -- secrets create`.
 * The functions that serve requests cannot read it.
 */
export const probeAccountParameter = "probe-account";

/** The JSON value of the parameter `probe-account`. */
export interface ProbeAccount {
  readonly email: string;
  readonly password: string;
}
