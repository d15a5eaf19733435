// `node --import tsx scripts/ci/download-provider.ts FOLDER`: fills a folder for `TF_PLUGIN_DIR`.
import { realpathSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { namePrefix } from "../../service/company.ts";
import { providerVersions } from "../../stacks/providers.ts";
import { OperatorError } from "../cli/errors.ts";
import { runCommand } from "../cli/run-command.ts";
import { explainUnavailableProvider } from "../terraform/provider.ts";
import { extractFailure, Terraform, toInitEnvironment } from "../terraform/terraform.ts";

/** Time limit of the download, in milliseconds: the provider has more than 100 MB. */
const timeoutMs = 600_000;

/**
 * Downloads the AWS provider of the stacks, once for all tests: the folder is Terraform's plugin cache, whose layout is that of a
 * folder for `terraform init -plugin-dir`.
 *
 * @throws {OperatorError} if there is no Terraform, or it does not get the provider
 */
export async function downloadProvider(folder: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const terraform = await Terraform.find(environment);
  if (!terraform) throw toError("There is no terraform on the PATH.", "Install Terraform 1.11 or later");
  const cache = resolve(folder);
  await mkdir(cache, { recursive: true });
  const scratch = await mkdtemp(join(tmpdir(), `${namePrefix}-provider-`));
  try {
    const aws = { source: "hashicorp/aws", version: providerVersions.aws };
    await writeFile(join(scratch, "main.tf.json"), JSON.stringify({ terraform: { required_providers: { aws } } }));
    const { exitCode, output } = await terraform.run(
      scratch,
      ["init", "-input=false"],
      { ...toInitEnvironment(environment, cache), TF_PLUGIN_CACHE_DIR: cache },
      join(scratch, "log"),
      AbortSignal.timeout(timeoutMs),
    );
    if (exitCode !== 0) {
      throw toError(explainUnavailableProvider(output) ?? extractFailure(output).trim(), "Solve what Terraform says");
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const toError = (why: string, action: string): OperatorError =>
  new OperatorError("provider-not-downloaded", {
    what: "The AWS provider was not downloaded.",
    why,
    action: `${action}, and run this again.`,
  });

if (import.meta.filename === realpathSync(process.argv[1]!)) {
  await runCommand(() => downloadProvider(process.argv[2] ?? ".cache/terraform", process.env));
}
