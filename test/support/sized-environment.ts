import type { EnvironmentSize } from "../../stacks/environment-sizes.ts";
import { production } from "../../stacks/environments/production.ts";
import type { Environment } from "../../stacks/environments.ts";
import { defineEnvironment, type SizedEnvironment } from "../../stacks/sizes.ts";

const { database, functions, cache: _, size: __, monthlyBudgetUsd: ___, ...others } = production;
if (database.kind === "flex") throw new Error("Production has a replica set.");

/** Production's configuration without the values that a size sets. */
const unsized: Omit<SizedEnvironment, "size"> = {
  ...others,
  database: { organizationId: database.organizationId, backups: database.backups },
  functions: { runtime: functions.runtime, deploymentConfiguration: functions.deploymentConfiguration },
  api: { docsPage: production.api.docsPage },
};

/** An environment like production with all values of a size, except these. */
export const createSized = (size: EnvironmentSize, overrides: Partial<SizedEnvironment> = {}): Environment =>
  defineEnvironment({ ...unsized, size, ...overrides });
