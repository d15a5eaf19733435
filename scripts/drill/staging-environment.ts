import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { connectMongo } from "../../service/platform/mongo.ts";
import { environments } from "../../stacks/environments/index.ts";
import { toBucketName } from "../../stacks/names.ts";
import { OperatorError } from "../cli/errors.ts";
import { prompt as promptTerminal } from "../cli/prompt.ts";
import { getShellVariables } from "../shell-variables/shell-variables.ts";
import type { DrillTarget } from "./drill-target.ts";
import { bulkUserPrefix } from "./seed.ts";

const environment = "staging";
const { accountId, apiDomain } = environments[environment];
const backupBucket = toBucketName(`ecobeat-${environment}-backups`, environments[environment]);

const socketTimeoutMS = 120_000;

/** Addresses of the users that a drill creates. */
const drillEmail = new RegExp(`^${bulkUserPrefix}[0-9a-f-]+@example\\.com$`);

export interface StagingOptions {
  /** The shell's environment: credentials, `MONGODB_URI` and `HEALTH_API_KEY`. */
  readonly variables: NodeJS.ProcessEnv;
  /** @returns what the person types. @default asks at the terminal */
  readonly prompt?: (question: string) => Promise<string>;
  /** @default staging's public API */
  readonly api?: string;
}

/**
 * Connects to the deployed staging environment: its API, functions, database and backup bucket.
 * @throws {OperatorError} if the credentials or the database belong to another environment, or the person does not confirm
 */
export async function openStagingEnvironment({
  variables,
  prompt = promptTerminal,
  api = `https://${apiDomain}`,
}: StagingOptions): Promise<DrillTarget> {
  const uri = getVariable(variables, "MONGODB_URI");
  const apiKey = getVariable(variables, "HEALTH_API_KEY");
  rejectProduction(uri);
  const shell: NodeJS.ProcessEnv = { ...variables, ...getShellVariables(environment), API: api };
  await requireStagingAccount(shell);
  const answer = await prompt(
    `The drill makes ${api} unavailable, destroys staging's database and restores it from a backup. Alarms go to ALARM. ` +
      "Type the name of the environment to continue: ",
  );
  if (answer !== environment) {
    throw new OperatorError("drill-not-confirmed", {
      what: "The drill did not start, and changed nothing.",
      why: answer ? `You typed ${answer}, and the environment is ${environment}.` : "No name was typed.",
      action: `Run the command again in a terminal, and type ${environment}.`,
    });
  }
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

function getVariable(variables: NodeJS.ProcessEnv, name: string): string {
  const value = variables[name];
  if (value) return value;
  throw new OperatorError("drill-variable-missing", {
    what: `${name} is not set.`,
    why: `A drill in ${environment} needs it.`,
    action: `Export it. See: npm run ops -- drill --scenario database-lost --environment ${environment} --dry-run`,
  });
}

/** The name of each server of a cluster contains the name of the environment. */
function rejectProduction(uri: string): void {
  if (!/production/i.test(uri)) return;
  throw new OperatorError("drill-database-is-production", {
    what: "MONGODB_URI names production's database.",
    why: "A drill destroys the database that it names.",
    action: `Export the MONGODB_URI of ${environment}.`,
  });
}

async function requireStagingAccount(variables: NodeJS.ProcessEnv): Promise<void> {
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
  const owner = account === environments.production.accountId ? "production's account" : "account";
  throw new OperatorError("drill-account-not-staging", {
    what: `Your AWS credentials belong to ${owner} ${account}.`,
    why: `A drill destroys, and ${environment} is account ${accountId}.`,
    action: `Sign in to ${environment}.`,
  });
}
