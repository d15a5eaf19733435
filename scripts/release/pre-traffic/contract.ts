/** What the stacks, the pre-traffic hook and the operators' commands agree on. It imports nothing. */

/** End of the name of the function that tries a new version before it gets a request. */
export const preTrafficFunctionId = "pre-traffic";

/**
 * SecureString, created by `npm run ops -- secrets create`: the account that new versions are tried with, a {@link ProbeAccount}.
 * The functions that serve requests may not read it.
 */
export const probeAccountParameter = "probe-account";

/** What the parameter `probe-account` holds, as JSON. */
export interface ProbeAccount {
  readonly email: string;
  readonly password: string;
}
