import { ApiGatewayRestApi } from "@cdktf/provider-aws/lib/api-gateway-rest-api/index.js";
import { App, TerraformStack } from "cdktf";
import { ApiRoutes } from "../../stacks/constructs/api/api-routes.ts";
import type { ServiceFunction } from "../../stacks/constructs/functions/service-function.ts";
import type { EnvironmentReplicaSet } from "../../stacks/environment-database.ts";
import { production } from "../../stacks/environments/production.ts";
import { staging } from "../../stacks/environments/staging.ts";
import type { Environment } from "../../stacks/environments.ts";
import { expectCode } from "../support/errors.ts";

const environmentWith = (values: Partial<Environment>) => values;
const backup = (values: Partial<Environment["backup"]>) => ({ backup: { ...staging.backup, ...values } });
const cache = (values: Partial<Environment["cache"]>) => ({ cache: { ...staging.cache, ...values } });
const functions = (values: Partial<Environment["functions"]>) => ({ functions: { ...staging.functions, ...values } });
const replicaSet = production.database as EnvironmentReplicaSet;
const database = (values: Partial<EnvironmentReplicaSet>) => ({ database: { ...replicaSet, ...values } });
const snapshots = (values: Partial<EnvironmentReplicaSet["backups"]>) =>
  database({ backups: { ...replicaSet.backups, ...values } });

describe("limits of AWS and Atlas", () => {
  // The type check fails here if it accepts one of them.
  it("are types where the service has a fixed list of values", () => {
    // @ts-expect-error: ElastiCache has at most 6 nodes
    cache({ nodes: 7 });
    // @ts-expect-error: the interval of dumps divides a day
    backup({ everyHours: 5 });
    // @ts-expect-error: Atlas has no such interval
    snapshots({ everyHours: 3 });
    // @ts-expect-error: an even number of nodes
    database({ nodes: 4 });
    // @ts-expect-error: a tier without scheduled backups
    database({ instanceSize: "M5" });
    // @ts-expect-error: CloudWatch Logs has no such retention
    environmentWith({ logRetentionDays: 45 });
    // @ts-expect-error: CloudFront has no such price class
    environmentWith({ cdn: { ...production.cdn!, priceClass: "PriceClass_300" } });
    // @ts-expect-error: the archive is a program for Node.js
    functions({ runtime: "python3.13" });
    // @ts-expect-error: CodeDeploy has no such configuration
    functions({ deploymentConfiguration: "CodeDeployDefault.LambdaCanary10Percent" });
    // @ts-expect-error: ElastiCache has no such nodes
    cache({ nodeType: "cache.t3.large" });
  });

  for (const path of ["v1", "v1/users", "/v1/", "//v1", ""]) {
    it(`throws route-path-invalid for "${path}"`, async () => {
      const stack = new TerraformStack(new App(), "stack");
      const restApi = new ApiGatewayRestApi(stack, "api", { name: "api" });
      const routes = [{ path, function: {} as ServiceFunction }];
      await expectCode("route-path-invalid", () => new ApiRoutes(stack, "routes", { api: restApi, routes }));
    });
  }
});
