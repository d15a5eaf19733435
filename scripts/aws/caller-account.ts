import { GetCallerIdentityCommand, STSClient, STSServiceException } from "@aws-sdk/client-sts";
import { createRequestLimits } from "./request-limits.ts";

/**
 * The id of the account to which the credentials belong. The call needs no permission.
 * @param fallbackRegion where to ask if the STS of the region does not respond, or fails. @default nowhere
 * @throws an error of the SDK, if there are no valid credentials or AWS does not respond
 */
export async function getCallerAccount(region: string, fallbackRegion?: string): Promise<string> {
  const sts = new STSClient({ region, maxAttempts: 2, requestHandler: createRequestLimits() });
  try {
    const { Account = "" } = await sts.send(new GetCallerIdentityCommand());
    return Account;
  } catch (error) {
    // The other region refuses the same credentials.
    const isRefusal = error instanceof STSServiceException && error.$fault === "client";
    if (isRefusal || fallbackRegion === undefined) throw error;
    return getCallerAccount(fallbackRegion);
  }
}
