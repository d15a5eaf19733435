import { GetFunctionConfigurationCommand, LambdaClient, ResourceNotFoundException } from "@aws-sdk/client-lambda";
import { type ParameterMetadata, paginateDescribeParameters, SSMClient } from "@aws-sdk/client-ssm";
import { parameterPath, parameters, toNamePrefix } from "../../service/contract.ts";
import type { Environment } from "../../stacks/environments.ts";
import { functionName } from "../../stacks/names.ts";
import { getCallerAccount } from "../aws/caller-account.ts";
import { createRequestLimits } from "../aws/request-limits.ts";
import { OperatorError } from "../cli/errors.ts";
import { probeAccountParameter } from "../release/pre-traffic/contract.ts";
import { type Check, type Outcome, toMissing } from "./check.ts";

/** The account of the credentials, and the parameters in it. */
export const awsChecks: readonly Check[] = [
  {
    name: "AWS account",
    wanted: "the environment's account",
    async run({ environment }) {
      const { accountId: wanted } = environment;
      const found = await getCallerAccount(environment.region);
      return found === wanted
        ? { state: "ok", found, wanted }
        : { state: "wrong", found, wanted, action: toAccountAction(environment) };
    },
  },
  {
    name: "parameters",
    wanted: "all that the service reads",
    async run(context): Promise<Outcome> {
      await context.requireAccount();
      const { name } = context.environment;
      const found = await describeParameters(context.environment);
      const missing = Object.keys(creators).filter((each) => !found.has(each));
      const readable = secrets.filter((each) => found.has(each) && found.get(each)!.Type !== "SecureString");
      if (missing.length === 0 && readable.length === 0) return { state: "ok", found: `all ${found.size}` };
      if (readable.length > 0) {
        const found = readable.map((each) => `${each} is not encrypted`).join(", ");
        return { state: "wrong", found, action: `Delete ${readable.join(" and ")}, and run ${createSecrets(name)}` };
      }
      const actions = new Set(missing.map((each) => creators[each]!(name)));
      return toMissing(context, {
        found: missing.map((each) => `no ${each}`).join(", "),
        action: [...actions].join(" "),
      });
    },
  },
  {
    name: "rotation",
    wanted: "keys and pepper changed within a year",
    async run(context): Promise<Outcome> {
      await context.requireAccount();
      const { name } = context.environment;
      const found = await describeParameters(context.environment);
      const since = context.clock() - maxSecretAgeMs;
      const old = Object.keys(rotations).filter(
        (each) => (found.get(each)?.LastModifiedDate?.getTime() ?? since) < since,
      );
      if (old.length === 0) return { state: "ok", found: "within a year" };
      const commands = old.map((each) => `npm run ops -- ${rotations[each]} rotate --environment ${name}`);
      return {
        state: "wrong",
        found: `${old.join(" and ")} changed more than a year ago`,
        action: `Rotate them, which affects no user: ${commands.join("; ")}. See docs/calendar.md.`,
      };
    },
  },
];

/** What docs/calendar.md demands of secrets that do not expire. */
const maxSecretAgeMs = 365 * 24 * 60 * 60 * 1000;

/** The commands that rotate a parameter. */
const rotations: Readonly<Record<string, string>> = {
  [parameters.jwtSigningKeys]: "keys",
  [parameters.refreshTokenPepper]: "pepper",
};

/** The parameters of an environment by name, without values. */
async function describeParameters({ name, region }: Environment): Promise<Map<string, ParameterMetadata>> {
  const prefix = parameterPath(name, "");
  const pages = paginateDescribeParameters(
    { client: new SSMClient(toClientConfig(region)) },
    { ParameterFilters: [{ Key: "Path", Option: "Recursive", Values: [prefix.replace(/\/$/, "")] }] },
  );
  const found = new Map<string, ParameterMetadata>();
  for await (const { Parameters = [] } of pages) {
    for (const parameter of Parameters) found.set(parameter.Name!.slice(prefix.length), parameter);
  }
  return found;
}

const deploy = (stack: string) => (name: string) => `Deploy ${toNamePrefix(name)}-${stack}.`;
const createSecrets = (name: string) => `npm run ops -- secrets create --environment ${name}`;

/** Which step creates each parameter. */
const creators: Readonly<Record<string, (environment: string) => string>> = {
  [parameters.redisUrl]: deploy("foundation"),
  [parameters.jwtSigningKeys]: deploy("foundation"),
  [parameters.mongodbUri]: deploy("database"),
  [parameters.refreshTokenPepper]: (name) => `Run ${createSecrets(name)}`,
  [probeAccountParameter]: (name) => `Run ${createSecrets(name)}`,
};

const secrets: readonly string[] = [parameters.refreshTokenPepper, probeAccountParameter];

/** The configuration of a client of the AWS SDK, with time limits. */
export const toClientConfig = (region: string) => ({ region, maxAttempts: 2, requestHandler: createRequestLimits() });

const toAccountAction = ({ accountId }: Environment): string =>
  `Set AWS_PROFILE to a profile of the account ${accountId}, or correct \`accountId\` in stacks/environments/.`;

/** @throws {OperatorError} if the credentials belong to another account, whose resources say nothing */
export async function requireAccount(environment: Environment): Promise<void> {
  const found = await getCallerAccount(environment.region);
  if (found === environment.accountId) return;
  throw new OperatorError("doctor-account-differs", {
    what: `The credentials belong to the account ${found}.`,
    why: `The environment is in ${environment.accountId}.`,
    action: toAccountAction(environment),
  });
}

/** Whether the stack `service` is deployed, by the function that serves requests. */
export async function isServiceDeployed({ name, region }: Environment): Promise<boolean> {
  try {
    const FunctionName = functionName(name, "api");
    await new LambdaClient(toClientConfig(region)).send(new GetFunctionConfigurationCommand({ FunctionName }));
    return true;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return false;
    throw error;
  }
}
