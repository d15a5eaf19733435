import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type DeployedEnvironment, toNamePrefix } from "../../service/contract.ts";
import { connectMongo } from "../../service/platform/mongo.ts";
import { environments, getEnvironment } from "../../stacks/environments/index.ts";
import type { Environment } from "../../stacks/environments.ts";
import { toBucketName } from "../../stacks/names.ts";
import { OperatorError } from "../cli/errors.ts";
import { confirm, type Prompt } from "../cli/prompt.ts";
import { getShellVariables } from "../shell-variables/shell-variables.ts";
import type { DrillTarget } from "./drill-target.ts";
import { drillEmailPrefix } from "./seed.ts";

const socketTimeoutMS = 120_000;

/** Addresses of the users that a drill creates. */
const drillEmail = new RegExp(`^${drillEmailPrefix}[0-9a-f-]+@example\\.com$`);

export interface DeployedEnvironmentOptions {
  /** The shell's environment: credentials, `MONGODB_URI` and `HEALTH_API_KEY`. */
  readonly variables: NodeJS.ProcessEnv;
  /** Skips the confirmation. */
  readonly yes?: boolean | undefined;
  /** @default asks at the terminal */
  readonly prompt?: Prompt;
  /** @default the environment's public API */
  readonly api?: string;
}

/**
 * An environment that a drill may destroy.
 * @throws {OperatorError} if it may not
 */
export function requireDrillable(name: DeployedEnvironment): Environment {
  const environment = getEnvironment(name);
  if (environment.drillable) return environment;
  const drillable = Object.values(environments).flatMap((each) => (each.drillable ? [each.name] : []));
  throw new OperatorError("drill-not-allowed", {
    what: `A drill destroys the database of ${name}, and did not start.`,
    why: `Environments that a drill may destroy have \`drillable\` in stacks/environments/: ${drillable.join(", ") || "none"}.`,
    action: "Choose one of these, or omit --environment to run the drill on this machine.",
  });
}

/**
 * Connects to a deployed environment: its API, functions, database and backup bucket.
 * @throws {OperatorError} if a drill may not destroy it, the credentials or the database belong to another environment, or the person
 * does not confirm
 */
export async function openDeployedEnvironment(
  environment: DeployedEnvironment,
  { variables, yes, prompt, ...options }: DeployedEnvironmentOptions,
): Promise<DrillTarget> {
  const { accountId, apiDomain, region } = requireDrillable(environment);
  const api = options.api ?? `https://${apiDomain}`;
  const backupBucket = toBucketName(`${toNamePrefix(environment)}-backups`, { region, accountId });
  const uri = getVariable(environment, variables, "MONGODB_URI");
  const apiKey = getVariable(environment, variables, "HEALTH_API_KEY");
  rejectOtherEnvironments(environment, uri);
  const shell: NodeJS.ProcessEnv = { ...variables, ...getShellVariables(environment), API: api };
  await requireAccount(environment, shell);
  const consequence = `The drill makes ${api} unavailable, destroys the database of ${environment} and restores it from a backup. Alarms go to ALARM.`;
  await confirm({ consequence, name: environment, yes, prompt });
  const database = await connectMongo(uri, { socketTimeoutMS });
  return {
    environment,
    api,
    apiKey,
    database,
    supportsPointInTimeRestore: false,
    variables: { ...shell, DATABASE: database.databaseName },
    getDefaultBackupLocation: async () => shell.BACKUP_LOCATION ?? `s3://${backupBucket}/dumps`,
    async remove() {
      const users = database.collection<{ _id: string; emailCanonical: string }>("users");
      const ids = await users.distinct("_id", { emailCanonical: drillEmail });
      await database.collection("activities").deleteMany({ userId: { $in: ids } });
      await users.deleteMany({ _id: { $in: ids } });
      await database.client.close();
    },
  };
}

function getVariable(environment: DeployedEnvironment, variables: NodeJS.ProcessEnv, name: string): string {
  const value = variables[name];
  if (value) return value;
  throw new OperatorError("drill-variable-missing", {
    what: `${name} is not set.`,
    why: `A drill in ${environment} needs it.`,
    action: `Export it. See: npm run ops -- drill --scenario database-lost --environment ${environment} --dry-run`,
  });
}

/** The name of each server of a cluster contains the name of the environment. */
function rejectOtherEnvironments(environment: DeployedEnvironment, uri: string): void {
  const others = Object.keys(environments).filter((each) => each !== environment);
  const other = others.find((each) => new RegExp(`\\b${each}\\b`, "i").test(uri));
  if (other === undefined) return;
  throw new OperatorError("drill-database-of-other-environment", {
    what: `MONGODB_URI names the database of ${other}.`,
    why: "A drill destroys the database that it names.",
    action: `Export the MONGODB_URI of ${environment}.`,
  });
}

async function requireAccount(environment: DeployedEnvironment, variables: NodeJS.ProcessEnv): Promise<void> {
  const { accountId } = getEnvironment(environment);
  const query = ["sts", "get-caller-identity", "--query", "Account", "--output", "text"];
  const { stdout } = await promisify(execFile)("aws", query, { env: variables }).catch((cause: Error) => {
    throw new OperatorError("aws-identity-unknown", {
      what: "AWS did not return the account of your credentials.",
      why: `${cause.message.trim()}.`,
      action: `Install the AWS CLI, and sign in to ${environment}.`,
      cause,
    });
  });
  const account = stdout.trim();
  if (account === accountId) return;
  const owner = Object.values(environments).find((each) => each.accountId === account);
  throw new OperatorError("drill-account-differs", {
    what: `Your AWS credentials belong to account ${account}${owner ? `, which is ${owner.name}` : ""}.`,
    why: `A drill destroys, and ${environment} is account ${accountId}.`,
    action: `Sign in to ${environment}.`,
  });
}
