import { type Command, InvalidArgumentError, Option } from "commander";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { dryRunOption, environmentOption, jsonOption, yesOption } from "../cli/options.ts";
import type { PromoteOptions } from "./promote.ts";
import type { ReleaseOptions, RollOutOutput } from "./roll-out.ts";
import type { RollbackOptions } from "./rollback.ts";

/** Whether the result is printed as JSON. */
interface JsonOptions {
  readonly json?: boolean;
}

interface HealthOptions extends JsonOptions {
  readonly environment: DeployedEnvironment;
  readonly api?: URL;
}

interface StatusOptions extends JsonOptions {
  readonly environment?: DeployedEnvironment;
  readonly history?: boolean;
}

/** Adds `release`, `promote`, `rollback`, `status` and `health` to a program. */
export function registerRelease(program: Command): void {
  program
    .command("release")
    .description(
      "build this checkout, have CodeDeploy move all requests to it, look from outside, or put it back",
    )
    .addOption(environmentOption().makeOptionMandatory())
    .option("--archive <file>", "release an archive that was built before, and build nothing")
    .addOption(yesOption())
    .addOption(dryRunOption())
    .addOption(jsonOption())
    .addOption(apiOption())
    .addHelpText(
      "after",
      "\nRun again, it goes on where it was interrupted. It looks from outside as `health` does, with the same variables. See " +
        "docs/releases.md.",
    )
    .action(async ({ json, ...options }: ReleaseOptions & JsonOptions) =>
      (await import("./roll-out.ts")).release(options, createOutput(json)),
    );
  program
    .command("promote")
    .description("release to production the very archive that staging runs, if staging is well")
    .option(
      "--staging-profile <name>",
      "profile of AWS's configuration with credentials of staging; production's are taken from the environment",
      "ecobeat-staging",
    )
    .addOption(yesOption())
    .addOption(dryRunOption())
    .addOption(jsonOption())
    .addOption(apiOption())
    .addOption(apiOption("--staging-api <url>"))
    .addHelpText(
      "after",
      "\nLooks at production from outside as `health` does, and at staging by the same variables with STAGING_ before their names. " +
        "See docs/releases.md.",
    )
    .action(async ({ json, ...options }: PromoteOptions & JsonOptions) =>
      (await import("./promote.ts")).promote(options, createOutput(json)),
    );
  program
    .command("rollback")
    .description("put the release before back, in seconds: all requests go to its versions at once")
    .addOption(environmentOption().makeOptionMandatory())
    .option(
      "--to <version>",
      "another one: a version of `api`; `auth` takes the one with the same archive",
      parseVersion,
    )
    .addOption(yesOption())
    .addOption(dryRunOption())
    .addOption(jsonOption())
    .addHelpText("after", "\nRun again, it does what is left, and nothing more. See docs/releases.md.")
    .action(async ({ json, ...options }: RollbackOptions & JsonOptions) => {
      const output = createOutput(json);
      output.result(await (await import("./rollback.ts")).rollback(options, output));
    });
  program
    .command("status")
    .description("show what runs in each environment, since when, and what it could be rolled back to")
    .addOption(environmentOption())
    .option("--history", "also who moved what, and when, newest first")
    .addOption(jsonOption())
    .addHelpText("after", "\nEach environment has an account of its own: credentials of one show that one.")
    .action(showStatus);
  program
    .command("health")
    .description("look at an environment from outside: name, TLS, readiness, API key, CORS, key set, login")
    .addOption(environmentOption().makeOptionMandatory())
    .addOption(apiOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nLogs in with the account in HEALTH_EMAIL and HEALTH_PASSWORD and the app's key in HEALTH_API_KEY, and logs out again. " +
        "Needs no credentials of AWS.",
    )
    .action(showHealth);
}

async function showStatus({ environment, history = false, json }: StatusOptions): Promise<void> {
  const { getStatus, formatStatus, withoutHistory } = await import("./status.ts");
  const found = await getStatus(environment, console.error);
  if (json) printJson(history ? found : found.map(withoutHistory));
  else console.log(found.flatMap((each) => formatStatus(each, history)).join("\n"));
}

/** The exit status is 1 if a check failed. */
async function showHealth({ environment, api, json }: HealthOptions): Promise<void> {
  const { formatSmokeTests, runSmokeTests } = await import("./smoke-tests.ts");
  const checks = await runSmokeTests(environment, api);
  if (json) printJson({ environment, checks });
  else console.log(formatSmokeTests(checks).join("\n"));
  if (checks.some(({ outcome }) => outcome === "failed")) process.exitCode = 1;
}

/** With `--json`, standard output is for the result alone. */
const createOutput = (json = false): RollOutOutput => ({
  log: json ? console.error : console.log,
  warn: console.error,
  result: json ? printJson : () => {},
});

const printJson = (result: object): void => console.log(JSON.stringify(result, null, 2));

function apiOption(flags = "--api <url>"): Option {
  return new Option(flags, "another address of the API, which its tokens name as their issuer").argParser(
    parseHttpsUrl,
  );
}

function parseVersion(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be the number of a version, such as 12.");
}

function parseHttpsUrl(text: string): URL {
  if (URL.canParse(text) && new URL(text).protocol === "https:") return new URL(text);
  throw new InvalidArgumentError("It must be a URL such as https://api.ecobeat.app.");
}
