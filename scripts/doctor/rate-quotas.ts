import { GetServiceSettingCommand, SSMClient } from "@aws-sdk/client-ssm";
import { parameterReadsPerSecond } from "../capacity/contract.ts";
import type { Limit } from "../capacity/limit.ts";
import { limits } from "../capacity/limits.ts";
import { toClientConfig } from "./aws.ts";
import type { Check, Context, Outcome } from "./check.ts";
import { readQuota } from "./service-quotas.ts";

/** Whether Parameter Store has its higher throughput. */
const throughputSetting = "/ssm/parameter-store/high-throughput-enabled";

/** The value of a quota or setting in the account, and the command that raises it. */
interface Found {
  readonly value: number;
  readonly raise: (needed: number) => string;
}

async function find({ quota, value }: Limit, { environment }: Context): Promise<Found> {
  const { region, accountId } = environment;
  if (quota) {
    return {
      value: await readQuota(quota, region, value(environment)!),
      raise: (needed) =>
        `aws service-quotas request-service-quota-increase --service-code ${quota.ServiceCode} ` +
        `--quota-code ${quota.QuotaCode} --desired-value ${needed} --region ${region}`,
    };
  }
  const client = new SSMClient(toClientConfig(region));
  const { ServiceSetting } = await client.send(new GetServiceSettingCommand({ SettingId: throughputSetting }));
  const { standard, higher } = parameterReadsPerSecond;
  return {
    value: ServiceSetting?.SettingValue === "true" ? higher : standard,
    raise: () =>
      `aws ssm update-service-setting --setting-id arn:aws:ssm:${region}:${accountId}:servicesetting${throughputSetting} ` +
      `--setting-value true --region ${region}`,
  };
}

/** Quotas and settings of the account on calls per second, which must not be below what the environment itself lets through. */
export const rateQuotaChecks: readonly Check[] = limits.flatMap((limit) => {
  const { id, needed, raise, unit } = limit;
  if (!needed) return [];
  return {
    name: `rate: ${id}`,
    wanted: "at least what the environment lets through",
    async run(context: Context): Promise<Outcome> {
      await context.requireAccount();
      const least = Math.ceil(needed(context.environment));
      const found = await find(limit, context);
      const isEnough = found.value >= least;
      return {
        state: isEnough ? "ok" : "wrong",
        found: `${found.value} ${unit}`,
        wanted: `at least ${least} ${unit}`,
        action: isEnough ? undefined : `Raise ${raise}: ${found.raise(least)}`,
      };
    },
  };
});
