import * as z from "zod";
import { terraformOrganization } from "../../service/company.ts";
import {
  parsePreviewName,
  previewEnvironment,
  previewPrefix,
  toNamePrefix,
  toPreviewName,
} from "../../service/contract.ts";
import { hasCode, OperatorError } from "../cli/errors.ts";
import { type Body, getJson, getPages, type JsonApi, sendJson } from "../cli/json-api.ts";
import { type PollOptions, poll } from "../cli/polling.ts";

/** The workspace of a preview: the first thing that is created of it, and the last that is deleted. */
export interface PreviewWorkspace {
  readonly id: string;
  readonly pullRequest: number;
  readonly createdAt: Date;
}

/** Project of the workspaces, which the stack `hcp-terraform` creates. */
const project = toNamePrefix(previewEnvironment);

const workspaceSchema = z.object({
  id: z.string(),
  attributes: z.looseObject({ name: z.string(), "created-at": z.string() }),
});

const toWorkspaceName = (pullRequest: number): string => `${toPreviewName(pullRequest)}-service`;

const organization = `/organizations/${terraformOrganization}`;

/**
 * Lists the workspaces of all previews, by the numbers of their pull requests.
 * https://developer.hashicorp.com/terraform/cloud-docs/api-docs/workspaces#list-workspaces
 */
export async function listWorkspaces(api: JsonApi): Promise<PreviewWorkspace[]> {
  const toPath = (number: number) =>
    `${organization}/workspaces?search%5Bname%5D=${previewPrefix}-&page%5Bnumber%5D=${number}&page%5Bsize%5D=100`;
  const findNext = ({ meta }: Body) => meta?.pagination?.["next-page"] && toPath(meta.pagination["next-page"]);
  const found: PreviewWorkspace[] = [];
  for await (const { data } of getPages(api, toPath(1), findNext, {
    schema: z.object({ data: z.array(workspaceSchema) }),
  })) {
    for (const { id, attributes } of data as z.infer<typeof workspaceSchema>[]) {
      // The search also finds names that contain the prefix elsewhere.
      const pullRequest = parsePreviewName(attributes.name.replace(/-service$/, ""));
      if (pullRequest === undefined || attributes.name !== toWorkspaceName(pullRequest)) continue;
      found.push({ id, pullRequest, createdAt: new Date(attributes["created-at"]) });
    }
  }
  return found.sort((one, other) => one.pullRequest - other.pullRequest);
}

/**
 * Creates the workspace of a preview. `terraform init` would create it with remote execution.
 *
 * @throws {OperatorError} if the project does not exist, or the token may not create workspaces in it
 */
export async function createWorkspace(api: JsonApi, pullRequest: number): Promise<void> {
  const projects = await getJson(api, `${organization}/projects?filter%5Bnames%5D=${project}`, {
    schema: z.object({ data: z.array(z.object({ id: z.string() })) }),
  });
  const [found] = projects?.data ?? [];
  if (!found) {
    throw new OperatorError("preview-project-missing", {
      what: `HCP Terraform has no project ${project}.`,
      why: "It was not created yet, or the token may not see it.",
      action:
        "Deploy the stack `hcp-terraform` of the environment with previews, or use a token of the team `previews`.",
    });
  }
  const attributes = {
    name: toWorkspaceName(pullRequest),
    description: `Preview of pull request ${pullRequest}`,
    "execution-mode": "local",
  };
  const relationships = { project: { data: { type: "projects", id: found.id } } };
  const content = { data: { type: "workspaces", attributes, relationships } };
  await sendJson(api, { method: "POST", content }, `${organization}/workspaces`);
}

/** How long HCP Terraform may take to read from a new state that it holds no resource any more. */
const settleAttempts = 12;

/**
 * Deletes the workspace of a preview. HCP Terraform refuses while its state has resources:
 * https://developer.hashicorp.com/terraform/cloud-docs/api-docs/workspaces#safe-delete-a-workspace
 */
export async function deleteWorkspace(
  api: JsonApi,
  { id }: Pick<PreviewWorkspace, "id">,
  wait?: PollOptions["wait"],
): Promise<void> {
  await poll(
    async (attempt) => {
      try {
        await sendJson(api, { method: "POST" }, `/workspaces/${id}/actions/safe-delete`);
        return true;
      } catch (error) {
        if (hasCode(error, "api-conflict") && attempt < settleAttempts) return undefined;
        if (hasCode(error, "api-not-found")) return true;
        throw error;
      }
    },
    { delayMs: 5_000, wait },
  );
}
