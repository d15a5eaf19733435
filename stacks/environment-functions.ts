import * as z from "zod";
import { members, wholeNumber } from "./schema.ts";
import { deploymentConfigurations, lambdaRuntimes } from "./service-values.ts";

/** More than any quota of AWS or Atlas that can be raised. */
const quotaMaximum = 1_000_000;

/** Requests, or execution environments, at the same time. */
export const concurrency = wholeNumber(1, quotaMaximum);

const provisionedConcurrency = members({
  /** Provisioned at all times, at least 1. */
  minimum: concurrency,
  /** Upper limit of scaling; not above the reserved concurrency. */
  maximum: concurrency,
  /** Average utilization over three minutes above which Application Auto Scaling adds more, from 10 to 90. */
  utilizationPercent: z.number().refine((percent) => percent >= 10 && percent <= 90, "from 10 to 90"),
}).refine(({ minimum, maximum }) => minimum <= maximum, { path: ["maximum"], message: "at least `minimum`" });

export type ProvisionedConcurrencyRange = z.infer<typeof provisionedConcurrency>;

/** The functions that serve requests. */
export const functions = members({
  runtime: z.enum(lambdaRuntimes),
  memoryMb: wholeNumber(128, 10_240),
  /** More than the service itself takes to respond, which then says what failed. */
  timeoutSeconds: wholeNumber(1, 900),
  /**
   * Maximum concurrency of each function. It protects the other functions' concurrency and the database's connections from a
   * flood of requests.
   *
   * Each execution environment has two connections to the database's primary, one of them for monitoring. During a release the
   * environments of the previous version are still connected. Four times the sum must therefore be below the database's limit.
   */
  reservedConcurrency: members({ auth: concurrency, api: concurrency }),
  /**
   * AWS's quota of concurrent executions in the region. Of these, 100 must stay unreserved:
   * https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html. `npm run ops -- doctor` compares it with the account's.
   *
   * @default 1,000, AWS's own default
   */
  concurrencyQuota: concurrency.exactOptional(),
  /**
   * Throughput of Parameter Store, from which each cold start reads. `higher` is a setting of the account in the region, which
   * `foundation` then manages and AWS bills by the parameter that is read. `npm run ops -- doctor` says when it is needed.
   *
   * @default the standard one, AWS's own default
   */
  parameterThroughput: z.literal("higher").exactOptional(),
  /** How CodeDeploy shifts traffic to a new version. */
  deploymentConfiguration: z.enum(deploymentConfigurations),
  /**
   * Provisioned concurrency of `auth`: users wait for logins and refreshes.
   *
   * @default none; the first requests wait for a cold start
   */
  provisionedConcurrency: provisionedConcurrency.exactOptional(),
}).refine(
  ({ provisionedConcurrency, reservedConcurrency }) =>
    !provisionedConcurrency || provisionedConcurrency.maximum <= reservedConcurrency.auth,
  { path: ["provisionedConcurrency", "maximum"], message: "at most `reservedConcurrency.auth`" },
);
