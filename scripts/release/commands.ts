import { type Command, InvalidArgumentError, Option } from "commander";
import { deployedEnvironments } from "../../service/contract.ts";
import type { HealthOptions } from "./health.ts";
import type { PromoteOptions } from "./promote.ts";
import type { ReleaseOptions } from "./release.ts";
import type { RollbackOptions } from "./rollback.ts";
import type { StatusOptions } from "./status.ts";

/** Adds `release`, `promote`, `rollback`, `status` and `health` to a program. */
export function registerRelease(program: Command): void {
  program
    .command("release")
    .description(
      "build this checkout, have CodeDeploy move all requests to it, look from outside, or put it back",
    )
    .addOption(environmentOption().makeOptionMandatory())
    .option("--archive <file>", "release an archive that was built before, and build nothing")
    .option("--yes", "ask nothing")
    .option("--dry-run", "say what would be released, and release nothing")
    .option("--json", "print what was done, for machines")
    .addOption(apiOption())
    .addHelpText(
      "after",
      "\nRun again, it goes on where it was interrupted. It looks from outside as `health` does, with the same variables. See " +
        "docs/releases.md.",
    )
    .action(async (options: ReleaseOptions) => (await import("./release.ts")).release(options));
  program
    .command("promote")
    .description("release to production the very archive that staging runs, if staging is well")
    .option(
      "--staging-profile <name>",
      "profile of AWS's configuration with credentials of staging; production's are taken from the environment",
      "ecobeat-staging",
    )
    .option("--yes", "ask nothing")
    .option("--dry-run", "say what would be promoted, and promote nothing")
    .option("--json", "print what was done, for machines")
    .addOption(apiOption())
    .addOption(apiOption("--staging-api <url>"))
    .addHelpText(
      "after",
      "\nLooks at production from outside as `health` does, and at staging by the same variables with STAGING_ before their names. " +
        "See docs/releases.md.",
    )
    .action(async (options: PromoteOptions) => (await import("./promote.ts")).promote(options));
  program
    .command("rollback")
    .description("put the release before back, in seconds: all requests go to its versions at once")
    .addOption(environmentOption().makeOptionMandatory())
    .option(
      "--to <version>",
      "another one: a version of `api`; `auth` takes the one with the same archive",
      version,
    )
    .option("--yes", "ask nothing")
    .option("--dry-run", "say what would be moved, and move nothing")
    .option("--json", "print what was moved, for machines")
    .addHelpText("after", "\nRun again, it does what is left, and nothing more. See docs/releases.md.")
    .action(async (options: RollbackOptions) => (await import("./rollback.ts")).rollback(options));
  program
    .command("status")
    .description("show what runs in each environment, since when, and what it could be rolled back to")
    .addOption(environmentOption())
    .option("--history", "also who moved what, and when, newest first")
    .option("--json", "for machines")
    .addHelpText("after", "\nEach environment has an account of its own: credentials of one show that one.")
    .action(async (options: StatusOptions) => (await import("./status.ts")).status(options));
  program
    .command("health")
    .description("look at an environment from outside: name, TLS, readiness, API key, CORS, key set, login")
    .addOption(environmentOption().makeOptionMandatory())
    .addOption(apiOption())
    .option("--json", "for machines")
    .addHelpText(
      "after",
      "\nLogs in with the account in HEALTH_EMAIL and HEALTH_PASSWORD and the app's key in HEALTH_API_KEY, and logs out again. " +
        "Needs no credentials of AWS.",
    )
    .action(async (options: HealthOptions) => (await import("./health.ts")).health(options));
}

function environmentOption(): Option {
  return new Option("--environment <name>", "the environment to work on").choices(deployedEnvironments);
}

function apiOption(flags = "--api <url>"): Option {
  return new Option(flags, "another address of the API, which its tokens name as their issuer").argParser(
    secureUrl,
  );
}

function version(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be the number of a version, such as 12.");
}

function secureUrl(text: string): URL {
  if (URL.canParse(text) && new URL(text).protocol === "https:") return new URL(text);
  throw new InvalidArgumentError("It must be a URL such as https://api.ecobeat.app.");
}
