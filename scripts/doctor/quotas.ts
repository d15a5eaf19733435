import { CloudWatchLogsClient, DescribeResourcePoliciesCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeAddressesCommand, EC2Client, paginateDescribeVpcs, type Tag } from "@aws-sdk/client-ec2";
import {
  GetAccountSettingsCommand,
  GetFunctionConcurrencyCommand,
  LambdaClient,
  ResourceNotFoundException,
} from "@aws-sdk/client-lambda";
import { toNamePrefix } from "../../service/contract.ts";
import type { QuotaCode } from "../capacity/limit.ts";
import { toClientConfig } from "./aws.ts";
import { type Check, type Context, listOwnResources, type Outcome } from "./check.ts";
import { readQuota } from "./service-quotas.ts";

/** What is in use of a quota: by this environment, and by anything else in the account. */
interface Usage {
  readonly own: number;
  readonly others: number;
}

/** A quota that is low by default. */
interface Quota {
  readonly name: string;
  readonly defaultValue: number;
  /** Codes of Service Quotas. @default it cannot be raised */
  readonly code?: QuotaCode;
  readonly terraformType: string;
  readonly countUsage: (region: string, context: Context) => Promise<Usage>;
}

/**
 * Other quotas are far away, or larger than one of these: a NAT gateway needs an Elastic IP, an internet gateway a VPC.
 */
const quotas: readonly Quota[] = [
  {
    name: "VPCs",
    // https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
    defaultValue: 5,
    code: { ServiceCode: "vpc", QuotaCode: "L-F678F1CE" },
    terraformType: "aws_vpc",
    async countUsage(region, context) {
      const pages = paginateDescribeVpcs({ client: new EC2Client(toClientConfig(region)) }, {});
      const tags: (readonly Tag[] | undefined)[] = [];
      for await (const { Vpcs = [] } of pages) tags.push(...Vpcs.map(({ Tags }) => Tags));
      return countTagged(tags, context);
    },
  },
  {
    name: "Elastic IPs",
    defaultValue: 5,
    code: { ServiceCode: "ec2", QuotaCode: "L-0263D0A3" },
    terraformType: "aws_eip",
    async countUsage(region, context) {
      const client = new EC2Client(toClientConfig(region));
      // This call has no pages.
      const { Addresses = [] } = await client.send(new DescribeAddressesCommand({}));
      return countTagged(
        Addresses.map(({ Tags }) => Tags),
        context,
      );
    },
  },
  {
    name: "log policies",
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
    defaultValue: 10,
    terraformType: "aws_cloudwatch_log_resource_policy",
    async countUsage(region, { environment: { name } }) {
      const client = new CloudWatchLogsClient(toClientConfig(region));
      const names: string[] = [];
      let nextToken: string | undefined;
      do {
        const page = await client.send(new DescribeResourcePoliciesCommand({ nextToken }));
        names.push(...(page.resourcePolicies ?? []).map(({ policyName = "" }) => policyName));
        nextToken = page.nextToken;
      } while (nextToken);
      const own = names.filter((each) => each.includes(`${toNamePrefix(name)}-`)).length;
      return { own, others: names.length - own };
    },
  },
];

/** Quotas of the account, which are low in a new one. */
export const quotaChecks: readonly Check[] = [
  {
    name: "Lambda concurrency",
    wanted: "what the stacks reserve, plus 100",
    async run(context) {
      const { region, backup } = context.environment;
      const regions = [region, ...(backup.copyRegion ? [backup.copyRegion] : [])];
      await context.requireAccount();
      return Promise.all(regions.map((each) => checkConcurrency(each, context)));
    },
  },
  ...quotas.map((quota) => ({
    name: `quota: ${quota.name}`,
    wanted: "room for what the stacks create",
    async run(context: Context): Promise<Outcome | Outcome[]> {
      await context.requireAccount();
      const regions = listOwnResources(context, quota.terraformType).map(({ region }) => region);
      if (regions.length === 0) return { state: "ok", found: "not needed" };
      return Promise.all(
        [...new Set(regions)].map((region) => {
          const wanted = regions.filter((each) => each === region).length;
          return checkQuota(quota, region, wanted, context);
        }),
      );
    },
  })),
];

/**
 * Reserving more than the quota minus 100 is refused, and a new account has 10 to 50:
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html. The region of the backup copies replaces the
 * environment's own if that is lost, and quotas are per region.
 */
async function checkConcurrency(region: string, context: Context): Promise<Outcome> {
  const functions = listOwnResources(context, "aws_lambda_function").map(({ attributes }) => attributes);
  const reserved = sum(functions.map((each) => Number(each.reserved_concurrent_executions ?? 0)));
  const client = new LambdaClient(toClientConfig(region));
  const { AccountLimit } = await client.send(new GetAccountSettingsCommand());
  const { ConcurrentExecutions: quota = 0, UnreservedConcurrentExecutions: unreserved = 0 } = AccountLimit ?? {};
  const own = sum(await Promise.all(functions.map((each) => readReservation(client, String(each.function_name)))));
  const others = quota - unreserved - own;
  const needed = reserved + 100 + others;
  const found = `${quota}${others > 0 ? `, of which others reserve ${others}` : ""}`;
  const isEnough = quota >= needed;
  return {
    subject: region,
    state: isEnough ? "ok" : "wrong",
    found,
    wanted: `at least ${needed}: ${reserved} reserved by the stacks, 100 unreserved`,
    action: isEnough
      ? undefined
      : `Request ${Math.max(needed, 1_000)} "Concurrent executions" of AWS Lambda in ${region}. AWS may take days: ` +
        `aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 ` +
        `--desired-value ${Math.max(needed, 1_000)} --region ${region}`,
  };
}

async function readReservation(client: LambdaClient, FunctionName: string): Promise<number> {
  try {
    const output = await client.send(new GetFunctionConcurrencyCommand({ FunctionName }));
    return output.ReservedConcurrentExecutions ?? 0;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return 0;
    throw error;
  }
}

async function checkQuota(quota: Quota, region: string, wanted: number, context: Context): Promise<Outcome> {
  const { code, defaultValue } = quota;
  const [{ own, others }, limit] = await Promise.all([
    quota.countUsage(region, context),
    code ? readQuota(code, region, defaultValue) : defaultValue,
  ]);
  const missing = Math.max(wanted - own, 0);
  const isEnough = others + own + missing <= limit;
  return {
    ...(region !== context.environment.region && { subject: region }),
    state: isEnough ? "ok" : "wrong",
    found: `${others + own} of ${limit} in use`,
    wanted: `room for ${missing} more`,
    action: isEnough
      ? undefined
      : `Delete ${quota.name} in ${region} that are not needed${
          code
            ? `, or request more: aws service-quotas request-service-quota-increase --service-code ${code.ServiceCode} ` +
              `--quota-code ${code.QuotaCode} --desired-value ${others + own + missing} --region ${region}`
            : ": this quota cannot be raised."
        }`,
  };
}

function countTagged(all: readonly (readonly Tag[] | undefined)[], { environment }: Context): Usage {
  const isOwn = (tags: readonly Tag[] = []) =>
    tags.some(({ Key, Value }) => Key === "cost-centre" && Value === toNamePrefix(environment.name));
  const own = all.filter(isOwn).length;
  return { own, others: all.length - own };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
