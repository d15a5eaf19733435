import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Attributes } from "../../../scripts/plan-review/resource-change.ts";
import { findOfflineVersion } from "../../../scripts/terraform/provider.ts";
import { isolateEnvironment, Terraform } from "../../../scripts/terraform/terraform.ts";

const { TF_PLUGIN_DIR, AWS_ENDPOINT_URL } = process.env;

/** Attributes by type and name. */
export type Resources = Readonly<Record<string, Readonly<Record<string, Attributes>>>>;

/** A folder with a configuration, and Terraform to run in it. */
export class Workspace {
  readonly folder = mkdtempSync(join(tmpdir(), "ecobeat-review-"));
  readonly terraform: Terraform;
  readonly environment: NodeJS.ProcessEnv;
  readonly initArguments = [`-plugin-dir=${TF_PLUGIN_DIR}`, "-lockfile=readonly"];

  readonly #settings: object;

  private constructor(terraform: Terraform, version: string, resource: Resources, settings: object) {
    this.terraform = terraform;
    this.environment = isolateEnvironment(process.env, AWS_ENDPOINT_URL);
    const aws = {
      region: "eu-west-1",
      skip_credentials_validation: true,
      skip_requesting_account_id: true,
      skip_metadata_api_check: true,
      ...settings,
    };
    this.#settings = {
      terraform: { required_providers: { aws: { source: "hashicorp/aws", version } } },
      provider: { aws },
    };
    this.configure(resource);
    // With its hashes, Terraform reads the 700 MB of the provider before each command to compare them.
    const lock = `provider "registry.terraform.io/hashicorp/aws" {\n  version = "${version}"\n}\n`;
    writeFileSync(join(this.folder, ".terraform.lock.hcl"), lock);
  }

  /** Replaces the resources of the configuration. */
  configure(resource: Resources): void {
    this.write("main.tf.json", { ...this.#settings, resource });
  }

  /** Ends one command. */
  get signal(): AbortSignal {
    return AbortSignal.timeout(170_000);
  }

  /** Skips the tests on a machine without Terraform, its provider or an emulator of AWS. */
  static async create(context: Mocha.Context, resource: Resources, settings = {}): Promise<Workspace> {
    const terraform = await Terraform.find(process.env);
    const version = TF_PLUGIN_DIR && (await findOfflineVersion(TF_PLUGIN_DIR));
    if (terraform && version && AWS_ENDPOINT_URL) return new Workspace(terraform, version, resource, settings);
    context.test!.title += " (skipped: needs terraform, TF_PLUGIN_DIR with hashicorp/aws and AWS_ENDPOINT_URL)";
    return context.skip();
  }

  write(file: string, content: object): void {
    writeFileSync(join(this.folder, file), JSON.stringify(content));
  }

  async run(...args: string[]): Promise<string> {
    const { terraform, folder, environment, signal } = this;
    const outcome = await terraform.run(folder, args, environment, join(folder, "log"), signal);
    if (outcome.exitCode !== 0) throw new Error(outcome.output);
    return outcome.output;
  }

  async init(): Promise<void> {
    await this.run("init", "-input=false", ...this.initArguments);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
