import { Argument, type Command, InvalidArgumentError } from "commander";
import { parsePreviewName, previewPrefix } from "../../service/contract.ts";
import { resumable } from "../cli/interruptible.ts";
import { dryRunOption, jsonOption, yesOption } from "../cli/options.ts";
import { createLog, printJson } from "../cli/output.ts";
import { confirm } from "../cli/prompt.ts";
import { formatTable } from "../cli/table.ts";

interface ChangeOptions {
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

const pullRequestArgument = (): Argument =>
  new Argument("<pull-request>", "number of the pull request").argParser((text) => {
    const pullRequest = parsePreviewName(`${previewPrefix}-${text}`);
    if (pullRequest !== undefined) return pullRequest;
    throw new InvalidArgumentError("It must be the number of a pull request, such as 42.");
  });

/** Registers `preview`. */
export function registerPreview(program: Command): void {
  const preview = program
    .command("preview")
    .description("create, list and destroy previews of pull requests: the service alone, with data of its own");
  preview
    .command("create")
    .description(
      "create the preview of a pull request from the code in this folder, or update it and extend its expiry",
    )
    .addArgument(pullRequestArgument())
    .addOption(dryRunOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nTerraform runs on this machine, with its own credentials of AWS and the API key of Atlas in MONGODB_ATLAS_PUBLIC_API_KEY and " +
        "MONGODB_ATLAS_PRIVATE_API_KEY. Its state is in HCP Terraform: `terraform login`, or TF_TOKEN_app_terraform_io. See " +
        "docs/previews.md.",
    )
    .action(
      resumable(async (pullRequest: number, { json, dryRun }: ChangeOptions) => {
        const { createPreview } = await import("./previews.ts");
        const result = await createPreview(pullRequest, { log: createLog(json), ...(dryRun && { dryRun }) });
        if (json) return printJson(result);
        console.log(`${result.outcome} ${result.name}, which expires at ${result.expiresAt}`);
        if (result.url) console.log(`URL: ${result.url}\nX-Api-Key: ${result.apiKey}`);
      }),
    );
  preview
    .command("destroy")
    .description("destroy the preview of a pull request with its data")
    .addArgument(pullRequestArgument())
    .option("--keep-data", "leave the database and the keys in Redis, if the function that deletes them fails")
    .addOption(yesOption())
    .addOption(dryRunOption())
    .addOption(jsonOption())
    .action(
      resumable(async (pullRequest: number, options: ChangeOptions & { readonly keepData?: boolean }) => {
        const { json, dryRun = false, keepData = false, yes } = options;
        const { destroyPreview } = await import("./previews.ts");
        const result = await destroyPreview(pullRequest, {
          dryRun,
          keepData,
          log: createLog(json),
          confirm: (name) =>
            confirm({ consequence: `This destroys ${name}${keepData ? "" : " with its database"}.`, name, yes }),
        });
        if (json) printJson(result);
        else console.log(`${result.outcome} ${result.name}`);
      }),
    );
  preview
    .command("list")
    .description("list the previews with their URL, expiry and pull request")
    .addOption(jsonOption())
    .action(async ({ json }: ChangeOptions) => {
      const { listPreviews } = await import("./previews.ts");
      const previews = await listPreviews();
      if (json) return printJson(previews);
      if (previews.length === 0) return console.log("no previews");
      const rows = previews.map(({ pullRequest, url, expiresAt, isExpired }) => [
        `#${pullRequest}`,
        `${isExpired ? "expired" : "expires"} ${expiresAt}`,
        url ?? "incomplete: run `preview create` again, or destroy it",
      ]);
      for (const line of formatTable(rows)) console.log(line);
    });
  preview
    .command("clean")
    .description("destroy the previews that have expired or whose pull requests are closed")
    .addOption(yesOption())
    .addOption(dryRunOption())
    .addOption(jsonOption())
    .addHelpText("after", "\nA token in GH_TOKEN or GITHUB_TOKEN, if there is one, finds the closed pull requests.")
    .action(
      resumable(async ({ json, dryRun = false, yes }: ChangeOptions) => {
        const [{ cleanPreviews }, { getPreviewHost }] = await Promise.all([
          import("./clean.ts"),
          import("../../stacks/environments/index.ts"),
        ]);
        const result = await cleanPreviews({
          dryRun,
          log: createLog(json),
          confirm: (previews) =>
            confirm({
              consequence: `This destroys ${previews.map(({ name }) => name).join(", ")} with their databases.`,
              name: getPreviewHost().name,
              yes,
            }),
        });
        if (json) return printJson(result);
        for (const { outcome, name, why } of result) console.log(`${outcome} ${name}: ${why}`);
        if (result.length === 0) console.log("nothing to destroy");
      }),
    );
}
