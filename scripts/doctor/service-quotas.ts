import { GetServiceQuotaCommand, NoSuchResourceException, ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import type { QuotaCode } from "../capacity/limit.ts";
import { toClientConfig } from "./aws.ts";

/**
 * The value of a quota in the account. Service Quotas has none for one that was never raised in some accounts: then the default
 * applies.
 */
export async function readQuota(code: QuotaCode, region: string, defaultValue: number): Promise<number> {
  try {
    const { Quota } = await new ServiceQuotasClient(toClientConfig(region)).send(new GetServiceQuotaCommand(code));
    return Quota?.Value ?? defaultValue;
  } catch (error) {
    if (error instanceof NoSuchResourceException) return defaultValue;
    throw error;
  }
}
