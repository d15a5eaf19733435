import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Db } from "mongodb";
import { ConfigurationError } from "../../service/config.ts";
import { connectMongo } from "../../service/platform/mongo.ts";
import { environments } from "../../stacks/environments.ts";
import { prompt } from "../cli/prompt.ts";
import type { DrillTarget } from "./drill-target.ts";
import { bulkUserPrefix } from "./seed.ts";

const environment = "staging";

const answerTimeoutMilliseconds = 120_000;

/** Addresses of those whom a drill registers and writes. */
const drillEmail = new RegExp(`^${bulkUserPrefix}[0-9a-f-]+@example\\.com$`);

export interface StagingOptions {
  /** What the shell has: credentials, `MONGODB_URI` and `HEALTH_API_KEY`. */
  readonly variables: NodeJS.ProcessEnv;
  /** @returns what the person types. @default asks at the terminal */
  readonly prompt?: (question: string) => Promise<string>;
  /** @default the public one */
  readonly api?: string;
}

/** The staging that is deployed: its own API, functions, database and backup bucket. */
export class StagingEnvironment implements DrillTarget {
  readonly environment = environment;
  readonly api: string;
  readonly apiKey: string;
  readonly supportsPointInTimeRestore = false;
  readonly database: Db;
  readonly variables: NodeJS.ProcessEnv;

  private constructor(api: string, apiKey: string, database: Db, variables: NodeJS.ProcessEnv) {
    this.api = api;
    this.apiKey = apiKey;
    this.database = database;
    this.variables = variables;
  }

  /**
   * Makes sure that it is staging, and that this is wanted.
   * @throws {ConfigurationError} if credentials or database are of another environment, or its name is not typed
   */
  static async open({ variables, prompt: ask = prompt, api }: StagingOptions): Promise<StagingEnvironment> {
    const { apiDomain, region } = environments[environment];
    const [uri, apiKey] = ["MONGODB_URI", "HEALTH_API_KEY"].map((name) => given(variables, name));
    refuseProduction(uri!);
    const shell = {
      ...variables,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_PAGER: "",
      ENVIRONMENT: environment,
      API: api ?? `https://${apiDomain}`,
    };
    refuseOtherAccount(await accountOf(shell));
    const question =
      `A disaster is rehearsed in staging: nobody can use ${shell.API} meanwhile, its database is destroyed and restored from a ` +
      "backup, and alarms ring. Type the environment's name to go on: ";
    const answer = await ask(question);
    if (answer !== environment) {
      throw new ConfigurationError(
        `The environment is ${environment}, and ${answer ? `${answer} was typed` : "no name was typed"}: nothing was changed. Run ` +
          "this again in a terminal, and type its name.",
      );
    }
    const database = await connectMongo(uri!, { socketTimeoutMS: answerTimeoutMilliseconds });
    return new StagingEnvironment(shell.API, apiKey!, database, {
      ...shell,
      DATABASE: database.databaseName,
    });
  }

  async getDefaultBackupLocation(): Promise<string> {
    const { accountId } = environments[environment];
    return this.variables.BACKUP_LOCATION ?? `s3://ecobeat-${environment}-backups-${accountId}/dumps`;
  }

  async remove(): Promise<void> {
    const users = this.database.collection<{ _id: string; emailCanonical: string }>("users");
    const made = await users.find({ emailCanonical: drillEmail }).project({ _id: 1 }).toArray();
    const ids = made.map(({ _id }) => _id as string);
    await this.database.collection("activities").deleteMany({ userId: { $in: ids } });
    await users.deleteMany({ _id: { $in: ids } });
    await this.database.client.close();
  }
}

function given(variables: NodeJS.ProcessEnv, name: string): string {
  const value = variables[name];
  if (value) return value;
  throw new ConfigurationError(
    `${name} is not set, and a drill in ${environment} needs it. Export it; \`drill --environment ${environment} --dry-run\` says ` +
      "what it is.",
  );
}

/** Every server of the cluster has the environment's name in its own. */
function refuseProduction(uri: string): void {
  if (!/production/i.test(uri)) return;
  throw new ConfigurationError(
    "Refused to drill: MONGODB_URI names production, and a drill destroys the database that it names. Export that of staging.",
  );
}

function refuseOtherAccount(account: string): void {
  const { accountId } = environments[environment];
  if (account === accountId) return;
  const whose = account === environments.production.accountId ? "production's account" : `account ${account}`;
  throw new ConfigurationError(
    `Refused to drill: these AWS credentials are of ${whose}, and ${environment} is in ${accountId}. Sign in there.`,
  );
}

async function accountOf(variables: NodeJS.ProcessEnv): Promise<string> {
  const query = ["sts", "get-caller-identity", "--query", "Account", "--output", "text"];
  const { stdout } = await promisify(execFile)("aws", query, { env: variables }).catch((error: Error) => {
    throw new ConfigurationError(
      `AWS does not say whose credentials these are: ${error.message.trim()}. Install the AWS CLI and sign in to ${environment}.`,
      { cause: error },
    );
  });
  return stdout.trim();
}
