import { toPreviewName } from "../../service/contract.ts";
import { getPreviewHost } from "../../stacks/environments/index.ts";
import { previewOutputs } from "../../stacks/preview-request.ts";
import { withBuiltArchives } from "../build/kept-archives.ts";
import { OperatorError } from "../cli/errors.ts";
import type { JsonApi } from "../cli/json-api.ts";
import type { Log } from "../cli/output.ts";
import type { PollOptions } from "../cli/polling.ts";
import { openHcpTerraform } from "../terraform/hcp-terraform-api.ts";
import { createIndexes, erase, findDeployed, stopRequests } from "./functions.ts";
import { describeCount, type RunTerraform, withPreviewStack } from "./stack.ts";
import { createWorkspace, deleteWorkspace, listWorkspaces, type PreviewWorkspace } from "./workspaces.ts";

/** A preview, as in the JSON output of `preview list`. */
export interface Preview {
  readonly pullRequest: number;
  readonly name: string;
  /** @default a creation has not completed */
  readonly url?: string;
  /** When it may be destroyed, in RFC 3339. */
  readonly expiresAt: string;
  readonly isExpired: boolean;
}

/** The result of `preview create`. */
export interface CreatedPreview {
  readonly pullRequest: number;
  readonly name: string;
  readonly outcome: "created" | "updated" | "would create" | "would update";
  readonly expiresAt: string;
  /** @default it was a dry run */
  readonly url?: string;
  /** Sent as `X-Api-Key`; it is in the app and no secret. */
  readonly apiKey?: string;
}

/** The result of `preview destroy`. */
export interface DestroyedPreview {
  readonly pullRequest: number;
  readonly name: string;
  readonly outcome: "destroyed" | "would destroy";
}

const dayMs = 24 * 60 * 60 * 1_000;

/** RFC 3339 without fractions of a second. */
const toTime = (milliseconds: number): string => new Date(milliseconds).toISOString().replace(/\.\d+Z$/, "Z");

/** How a command works on previews. */
export interface PreviewOptions {
  /** Changes nothing. */
  readonly dryRun?: boolean;
  readonly log: Log;
  /** @default HCP Terraform's, with the token of this machine */
  readonly api?: JsonApi;
  /** @default the system clock */
  readonly now?: number;
  /** Lets time pass. @default a timer */
  readonly wait?: PollOptions["wait"];
}

/** All previews, by their pull requests. An incomplete one expires as late as if it had been created with its workspace. */
export async function listPreviews({
  api,
  now = Date.now(),
}: Pick<PreviewOptions, "api" | "now"> = {}): Promise<Preview[]> {
  const workspaces = await listWorkspaces(api ?? (await openHcpTerraform(process.env)));
  return Promise.all(
    workspaces.map(async ({ pullRequest, createdAt }) => {
      const deployed = await findDeployed(pullRequest);
      const expiresAt = deployed?.expiresAt ?? toTime(createdAt.getTime() + getPreviewHost().previews.days * dayMs);
      const name = toPreviewName(pullRequest);
      // Also if it is no time: then nothing else would ever destroy it.
      const isExpired = !(Date.parse(expiresAt) > now);
      return { pullRequest, name, ...(deployed && { url: deployed.url }), expiresAt, isExpired };
    }),
  );
}

/**
 * Creates the preview of a pull request from the code in this folder, or updates it, and creates its database's missing indexes. Its
 * expiry is counted from now.
 *
 * @throws {OperatorError} if there are too many previews, or a part of it cannot be created
 */
export async function createPreview(pullRequest: number, options: PreviewOptions): Promise<CreatedPreview> {
  const { dryRun, log, now = Date.now() } = options;
  const { previews, name: host } = getPreviewHost();
  const name = toPreviewName(pullRequest);
  const api = options.api ?? (await openHcpTerraform(process.env));
  const workspaces = await listWorkspaces(api);
  const exists = workspaces.some((each) => each.pullRequest === pullRequest);
  if (!exists && workspaces.length >= previews.maximum) {
    throw new OperatorError("previews-at-maximum", {
      what: `${name} was not created: ${workspaces.length} previews exist.`,
      why: `${host} has at most ${previews.maximum}, because each of them opens connections to its database.`,
      action: "Destroy one of them: npm run ops -- preview list",
    });
  }
  const expiresAt = toTime(now + previews.days * dayMs);
  const base = { pullRequest, name, expiresAt };
  if (dryRun) return { ...base, outcome: exists ? "would update" : "would create" };
  if (!exists) await createWorkspace(api, pullRequest);
  const apply = async (run: RunTerraform) => {
    log(`${name}: terraform apply`);
    log(`${name}: ${describeCount(await run(["apply", "-input=false", "-auto-approve"]))} added`);
    return JSON.parse(await run(["output", "-json"]));
  };
  const outputs = await withPreviewStack({ pullRequest, expiresAt }, log, apply, withBuiltArchives);
  const { created } = await createIndexes(pullRequest);
  log(`${name}: ${created.length} indexes created`);
  return {
    ...base,
    outcome: exists ? "updated" : "created",
    url: outputs[previewOutputs.url].value,
    apiKey: outputs[previewOutputs.apiKey].value,
  };
}

/** Options of {@link destroyPreview}. */
export interface DestroyOptions extends PreviewOptions {
  /** Leaves the database and the keys in Redis, if the function that deletes them fails. */
  readonly keepData?: boolean;
  /** Asks for consent. It throws without one. */
  readonly confirm: (name: string) => Promise<void>;
}

/**
 * Destroys the preview of a pull request: its data, its resources and its workspace, in this order.
 *
 * @throws {OperatorError} if it does not exist, no one consents, or a part of it cannot be destroyed
 */
export async function destroyPreview(pullRequest: number, options: DestroyOptions): Promise<DestroyedPreview> {
  const { dryRun, confirm } = options;
  const name = toPreviewName(pullRequest);
  const api = options.api ?? (await openHcpTerraform(process.env));
  const workspace = (await listWorkspaces(api)).find((each) => each.pullRequest === pullRequest);
  if (!workspace) {
    throw new OperatorError("preview-not-found", {
      what: `There is no preview ${name}.`,
      why: "HCP Terraform has no workspace of it, or the token may not see it.",
      action: "List the previews: npm run ops -- preview list",
    });
  }
  if (dryRun) return { pullRequest, name, outcome: "would destroy" };
  await confirm(name);
  await destroyWorkspace(api, workspace, options);
  return { pullRequest, name, outcome: "destroyed" };
}

async function destroyWorkspace(
  api: JsonApi,
  workspace: PreviewWorkspace,
  { log, keepData, now = Date.now(), wait }: DestroyOptions,
): Promise<void> {
  const { pullRequest } = workspace;
  const name = toPreviewName(pullRequest);
  if (!keepData) {
    await stopRequests(pullRequest);
    const erased = await erase(pullRequest);
    if (!erased && (await findDeployed(pullRequest))) {
      throw new OperatorError("preview-data-not-deleted", {
        what: `The data of ${name} was not deleted, and no resource was destroyed.`,
        why: "Its function api can have stored data, and the function that deletes it does not exist.",
        action: `Run \`npm run ops -- preview create ${pullRequest}\` with code that has it. If an earlier run deleted the data, add --keep-data.`,
      });
    }
    log(
      erased
        ? `${name}: deleted ${erased.users} users and ${erased.collections.length} collections`
        : `${name}: no function to delete data with, and so no data`,
    );
  }
  await withPreviewStack({ pullRequest, expiresAt: toTime(now) }, log, async (run) => {
    log(`${name}: terraform destroy`);
    log(`${name}: ${describeCount(await run(["destroy", "-input=false", "-auto-approve"]))} destroyed`);
  });
  await deleteWorkspace(api, workspace, wait);
}
