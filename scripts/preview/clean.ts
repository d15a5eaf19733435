import * as z from "zod";
import { getReason, OperatorError } from "../cli/errors.ts";
import { getJson, type JsonApi } from "../cli/json-api.ts";
import { openGitHub, repository } from "../doctor/github.ts";
import { openHcpTerraform } from "../terraform/hcp-terraform-api.ts";
import { type DestroyOptions, destroyPreview, listPreviews, type Preview } from "./previews.ts";

/** A preview that `preview clean` destroys, as in its JSON output. */
export interface CleanedPreview {
  readonly pullRequest: number;
  readonly name: string;
  readonly why: "expired" | "pull request closed";
  readonly outcome: "destroyed" | "would destroy";
}

/** Options of {@link cleanPreviews}. */
export interface CleanOptions extends Omit<DestroyOptions, "confirm" | "keepData"> {
  /** Asks for consent to destroy these. It throws without one. */
  readonly confirm: (previews: readonly Preview[]) => Promise<void>;
  /** @default GitHub's API, if there is a token in GH_TOKEN or GITHUB_TOKEN */
  readonly gitHub?: JsonApi | undefined;
}

/**
 * Destroys the previews that have expired, and, with a token for GitHub, those whose pull requests are closed.
 *
 * @throws {OperatorError} after all others, if one cannot be destroyed, or GitHub does not show its pull request
 */
export async function cleanPreviews(options: CleanOptions): Promise<CleanedPreview[]> {
  const { log, dryRun, confirm } = options;
  const api = options.api ?? (await openHcpTerraform(process.env));
  const token = process.env.GH_TOKEN || process.env.GITHUB_TOKEN;
  const gitHub = options.gitHub ?? (token ? openGitHub(process.env, token) : undefined);
  const failures = new Map<string, string>();
  const attempt = async (name: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof OperatorError) || error.code === "interrupted") throw error;
      failures.set(name, getReason(error));
      log(error.message);
    }
  };
  const due: { preview: Preview; why: CleanedPreview["why"] }[] = [];
  for (const preview of await listPreviews({ ...options, api })) {
    if (preview.isExpired) due.push({ preview, why: "expired" });
    else if (gitHub)
      await attempt(preview.name, async () => {
        if (await isClosed(gitHub, preview.pullRequest)) due.push({ preview, why: "pull request closed" });
      });
  }
  if (!gitHub)
    log("Without a token in GH_TOKEN, only expired previews are found, and not those of closed pull requests.");
  if (due.length > 0 && !dryRun) await confirm(due.map(({ preview }) => preview));
  const cleaned: CleanedPreview[] = [];
  for (const { preview, why } of due)
    await attempt(preview.name, async () => {
      const { pullRequest, name, expiresAt } = preview;
      // While others were destroyed, `create` can have extended it.
      const current = (await listPreviews({ ...options, api })).find((each) => each.pullRequest === pullRequest);
      if (current?.expiresAt !== expiresAt) return log(`${name}: it was changed, and is left`);
      const destroyed = await destroyPreview(pullRequest, { ...options, api, confirm: async () => {} });
      cleaned.push({ ...destroyed, why });
    });
  if (failures.size > 0) {
    throw new OperatorError("previews-not-cleaned", {
      what: `These previews were not destroyed: ${[...failures.keys()].join(", ")}.`,
      why: [...failures.values()].join(" "),
      action: "Correct what these errors name, and run the command again: it does only what is left.",
    });
  }
  return cleaned;
}

/** Whether a pull request is merged or closed. One that the token cannot see counts as open. */
async function isClosed(gitHub: JsonApi, pullRequest: number): Promise<boolean> {
  const path = `/repos/${repository.owner}/${repository.name}/pulls/${pullRequest}`;
  const found = await getJson(gitHub, path, { schema: z.looseObject({ state: z.enum(["open", "closed"]) }) });
  return found?.state === "closed";
}
