import * as z from "zod";
import { toNamePrefix } from "../../service/contract.ts";
import { AtlasClient } from "../atlas/client.ts";
import { findEnvironmentCluster } from "../atlas/clusters.ts";
import { readCredentials } from "../atlas/credentials.ts";
import type { AtlasOperation } from "../atlas/operations.ts";
import { systemTime } from "../atlas/waiting.ts";
import { hasCode, type OperatorError } from "../cli/errors.ts";
import { type Check, type Context, type Outcome, toMissing } from "./check.ts";

const getOrganization: AtlasOperation = {
  method: "GET",
  path: "/api/atlas/v2/orgs/{orgId}",
  version: "2023-01-01",
  role: "Organization Member",
  cli: "atlas organizations describe {orgId}",
};

const getSettings: AtlasOperation = {
  ...getOrganization,
  path: "/api/atlas/v2/orgs/{orgId}/settings",
  cli: "atlas api organizations getOrgSettings --orgId {orgId}",
};

/** Codes with which Atlas rejects the service account. Others say nothing about it. */
const rejections = ["credentials-rejected", "unauthorized", "address-not-allowed", "role-missing", "not-found"].map(
  (kind) => `atlas-${kind}`,
);

/** The organization, as the service account sees it, and the environment's project. */
export const atlasChecks: readonly Check[] = [
  {
    name: "Atlas organization",
    wanted: "found by the service account",
    async run({ environment, variables }, signal): Promise<Outcome> {
      const client = new AtlasClient(readCredentials(variables), systemTime);
      const { organizationId: orgId } = environment.database;
      try {
        const call = { operation: getOrganization, parameters: { orgId } };
        const { name } = await client.send(call, z.object({ name: z.string() }), signal);
        return { state: "ok", found: name };
      } catch (error) {
        if (!rejections.some((code) => hasCode(error, code))) throw error;
        const { reason, action } = error as OperatorError;
        return { state: "wrong", found: reason, action };
      }
    },
  },
  {
    name: "Atlas API access list",
    wanted: "not required",
    async run({ environment, variables }, signal): Promise<Outcome> {
      const client = new AtlasClient(readCredentials(variables), systemTime);
      const call = { operation: getSettings, parameters: { orgId: environment.database.organizationId } };
      const settings = z.object({ apiAccessListRequired: z.boolean() });
      const { apiAccessListRequired } = await client.send(call, settings, signal);
      return apiAccessListRequired
        ? {
            state: "wrong",
            found: "required",
            action:
              'Runs of HCP Terraform come from many IP addresses: switch "Require IP Access List for the Atlas ' +
              "Administration API\" off in the organization's settings, or run `database` on an agent with a fixed address.",
          }
        : { state: "ok", found: "not required" };
    },
  },
  { name: "Atlas cluster", wanted: "running", run: checkCluster },
];

async function checkCluster(context: Context): Promise<Outcome> {
  const { environment, variables } = context;
  const client = new AtlasClient(readCredentials(variables), systemTime);
  const action = `Deploy ${toNamePrefix(environment.name)}-database, and add the service account to its project.`;
  try {
    const { cluster } = await findEnvironmentCluster(client, environment.name);
    if (!cluster) return await toMissing(context, { found: "no cluster in the project", action });
    const { kind, stateName, paused } = cluster;
    const found = `${kind}, ${paused ? "paused" : stateName}`;
    return paused || stateName === "DELETING"
      ? { state: "wrong", found, action: "Resume the cluster in Atlas, or restore its data." }
      : { state: "ok", found };
  } catch (error) {
    if (hasCode(error, "atlas-project-not-found")) {
      return toMissing(context, { found: "no project that the service account sees", action });
    }
    if (!hasCode(error, "atlas-cluster-kind-differs")) throw error;
    const { reason, action: correct } = error as OperatorError;
    return { state: "wrong", found: reason, action: correct };
  }
}
