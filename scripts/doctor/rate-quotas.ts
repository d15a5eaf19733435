import { GetServiceSettingCommand, SSMClient } from "@aws-sdk/client-ssm";
import { toNamePrefix } from "../../service/contract.ts";
import { toParameterThroughputArn } from "../../stacks/names.ts";
import { parameterReadsPerSecond } from "../capacity/contract.ts";
import type { Limit } from "../capacity/limit.ts";
import { limits } from "../capacity/limits.ts";
import { toClientConfig } from "./aws.ts";
import { type Check, type Context, type Outcome, toMissing } from "./check.ts";
import { readQuota } from "./service-quotas.ts";

/** The value of a quota or setting in the account, and what raises it. */
interface Found {
  readonly value: number;
  readonly action: (needed: number) => string;
  /** Whether the next deployment raises it. @default false */
  readonly isConfigured?: boolean;
}

async function find({ quota, value, raise }: Limit, { environment }: Context): Promise<Found> {
  const { region, functions } = environment;
  if (quota) {
    return {
      value: await readQuota(quota, region, value(environment)!),
      action: (needed) =>
        `Raise ${raise}: aws service-quotas request-service-quota-increase --service-code ${quota.ServiceCode} ` +
        `--quota-code ${quota.QuotaCode} --desired-value ${needed} --region ${region}`,
    };
  }
  const client = new SSMClient(toClientConfig(region));
  const command = new GetServiceSettingCommand({ SettingId: toParameterThroughputArn(environment) });
  const { ServiceSetting } = await client.send(command);
  const { standard, higher } = parameterReadsPerSecond;
  return {
    value: ServiceSetting?.SettingValue === "true" ? higher : standard,
    action: () => `Set ${raise} to "higher", and deploy ${toNamePrefix(environment.name)}-foundation.`,
    isConfigured: functions.parameterThroughput === "higher",
  };
}

/** Quotas and settings of the account on calls per second, which must not be below what the environment itself lets through. */
export const rateQuotaChecks: readonly Check[] = limits.flatMap((limit) => {
  const { id, needed, unit } = limit;
  if (!needed) return [];
  return {
    name: `rate: ${id}`,
    wanted: "at least what the environment lets through",
    async run(context: Context): Promise<Outcome> {
      await context.requireAccount();
      const least = Math.ceil(needed(context.environment));
      const { value, action, isConfigured } = await find(limit, context);
      const outcome = { found: `${value} ${unit}`, wanted: `at least ${least} ${unit}` };
      if (value >= least) return { ...outcome, state: "ok" };
      const missing = { ...outcome, action: action(least) };
      return isConfigured ? toMissing(context, missing) : { ...missing, state: "wrong" };
    },
  };
});
