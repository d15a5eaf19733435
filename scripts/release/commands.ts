import { type Command, InvalidArgumentError, Option } from "commander";
import { domain, namePrefix } from "../../service/company.ts";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { resumable } from "../cli/interruptible.ts";
import { dryRunOption, environmentOption, jsonOption, withChoices, yesOption } from "../cli/options.ts";
import { colourOutcomes, createLog, printJson, warn } from "../cli/output.ts";
import { preTrafficFunctionId } from "./pre-traffic/contract.ts";
import type { PromoteOptions } from "./promote.ts";
import type { ReleaseOptions } from "./release.ts";
import type { RollOutOutput } from "./roll-out.ts";
import type { RollbackOptions } from "./rollback.ts";
import type { VerifyOptions } from "./verify-release.ts";

interface JsonOptions {
  readonly json?: boolean;
}

/** Adds `release` and `release verify`, `promote`, `rollback`, `status` and `health` to a program. */
export function registerRelease(program: Command): void {
  const release = program
    .command("release")
    .description(
      "build this checkout, create missing indexes, shift all traffic with CodeDeploy, and run the smoke tests",
    )
    .addOption(environmentOption().makeOptionMandatory())
    .option("--archive <file>", "release an existing archive instead of this checkout")
    .option(
      "--pre-traffic-archive <file>",
      "with --archive: an existing archive for the pre-traffic hook, which otherwise keeps its own",
    )
    .addOption(overrideAlarmsOption())
    .addOption(yesOption())
    .addOption(dryRunOption())
    .addOption(jsonOption())
    .addOption(apiOption())
    .addHelpText(
      "after",
      "\nRolls back if a deployment or a smoke test fails. After an interruption, run the same command again: it resumes. The smoke " +
        "tests use the same variables as `health`. See docs/releases.md.",
    )
    .action(
      resumable(async ({ json, ...options }: ReleaseOptions & JsonOptions) =>
        (await import("./release.ts")).release(options, createOutput(json)),
      ),
    );
  registerVerify(release);
  program
    .command("promote")
    .description(
      "release the archives that an environment runs to the one that it is promoted to, if the first one is healthy and their commits " +
        "build the same bytes",
    )
    .addOption(
      environmentOption(
        "the environment whose release is promoted (default: the only one with a promotedTo)",
        "--from <environment>",
      ),
    )
    .option(
      "--from-profile <name>",
      `profile in the AWS configuration with credentials of that environment (default: ${namePrefix}-<environment>); those of the ` +
        "other one are the usual credentials",
    )
    .option(
      "--no-rebuild",
      "do not build the archives again from their commits, for example while npm's registry is down",
    )
    .addOption(overrideAlarmsOption())
    .addOption(yesOption())
    .addOption(dryRunOption())
    .addOption(jsonOption())
    .addOption(apiOption())
    .addOption(apiOption("--from-api <url>", "the API of the promoted environment"))
    .addHelpText(
      "after",
      "\nRuns the smoke tests of the promoted environment first, and those of the other one afterwards. Both use the same variables " +
        "as `health`; those of the promoted one start with its name, such as STAGING_HEALTH_API_KEY. See docs/releases.md.",
    )
    .action(
      resumable(async ({ json, ...options }: PromoteOptions & JsonOptions) =>
        (await import("./promote.ts")).promote(options, createOutput(json)),
      ),
    );
  program
    .command("rollback")
    .description("shift all traffic back to the previous release, within seconds")
    .addOption(environmentOption().makeOptionMandatory())
    .option(
      "--to <version>",
      "version of `api` to run, older or newer; `auth` gets the version with the same archive",
      parseVersion,
    )
    .addOption(yesOption())
    .addOption(dryRunOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nAfter an interruption, run the same command again: it completes the rollback. See docs/releases.md.",
    )
    .action(
      resumable(async ({ json, ...options }: RollbackOptions & JsonOptions) => {
        const output = createOutput(json);
        output.result(await (await import("./rollback.ts")).rollback(options, output));
      }),
    );
  program
    .command("status")
    .description("show the current release of each environment, and those to which a rollback can go")
    .addOption(environmentOption())
    .option("--history", "show the whole release log, newest event first")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nEach environment has its own account. The command shows the environments that your credentials can read.",
    )
    .action(showStatus);
  program
    .command("health")
    .description("run smoke tests against the public URL: name, TLS, readiness, API key, CORS, key set, login")
    .addOption(environmentOption().makeOptionMandatory())
    .addOption(apiOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nThe login uses the account in HEALTH_EMAIL and HEALTH_PASSWORD and the app's key in HEALTH_API_KEY, and logs out again. The " +
        "command needs no AWS credentials. It exits non-zero if a check fails.",
    )
    .action(showHealth);
}

/** Adds `verify` to `release`, which does something itself, too. */
function registerVerify(release: Command): void {
  release
    .enablePositionalOptions()
    // Commander would otherwise require it of `release verify`, before its own options.
    .hook("preSubcommand", (command) => void command.setOptionValue("environment", null))
    .command("verify")
    .description("build the release that runs again from its commit, and compare the bytes")
    .addOption(environmentOption().makeOptionMandatory())
    .addOption(
      withChoices(new Option("--function <name>", "verify only the archive of this function (default: all)"), [
        "api",
        "auth",
        preTrafficFunctionId,
      ]),
    )
    .option(
      "--commit <commit>",
      "the commit to build (default: that of the statement of provenance, or of the release log)",
    )
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nBuilds in a temporary worktree, with the packages of that commit's lockfile. Exits with 1 if a byte differs, and names the files. " +
        "See docs/supply-chain.md.",
    )
    .action(async ({ json, ...options }: VerifyOptions & JsonOptions) =>
      (await import("./verify-release.ts")).verifyRelease(options, createOutput(json)),
    );
}

async function showStatus({
  environment,
  history = false,
  json,
}: JsonOptions & { environment?: DeployedEnvironment; history?: boolean }): Promise<void> {
  const { getStatus, formatStatus, withoutHistory } = await import("./status.ts");
  const found = await getStatus(environment, console.error);
  if (json) printJson(history ? found : found.map(withoutHistory));
  else console.log(found.flatMap((each) => formatStatus(each, history)).join("\n"));
}

async function showHealth({
  environment,
  api,
  json,
}: JsonOptions & Pick<ReleaseOptions, "environment" | "api">): Promise<void> {
  const { describeFailures } = await import("./smoke-test/run-checks.ts");
  const { formatSmokeTests, runSmokeTests } = await import("./smoke-tests.ts");
  const checks = await runSmokeTests(environment, api);
  if (json) printJson({ environment, checks });
  else console.log(colourOutcomes(formatSmokeTests(checks).join("\n")));
  if (describeFailures(checks)) process.exitCode = 1;
}

/** With `--json`, standard output contains only the result. */
const createOutput = (json = false): RollOutOutput => ({
  log: createLog(json),
  warn,
  result: json ? printJson : () => {},
});

const overrideAlarmsOption = (): Option =>
  new Option(
    "--override-alarms",
    "start although alarms are in ALARM; all other alarms can still stop the deployments",
  );

const apiOption = (flags = "--api <url>", api = "the API"): Option =>
  new Option(flags, `another URL of ${api}, which is the issuer of its tokens`).argParser(parseHttpsUrl);

function parseVersion(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be the number of a version, such as 12.");
}

function parseHttpsUrl(text: string): URL {
  if (URL.canParse(text) && new URL(text).protocol === "https:") return new URL(text);
  throw new InvalidArgumentError(`It must be a URL such as https://api.${domain}.`);
}
