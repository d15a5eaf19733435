import { ApiGatewayRestApi } from "@cdktf/provider-aws/lib/api-gateway-rest-api/index.js";
import { App, TerraformStack } from "cdktf";
import { recordableDays } from "../../service/contract.ts";
import { ApiRoutes } from "../../stacks/constructs/api/api-routes.ts";
import type { ServiceFunction } from "../../stacks/constructs/functions/service-function.ts";
import { production } from "../../stacks/environments/production.ts";
import { staging } from "../../stacks/environments/staging.ts";
import type { Environment, EnvironmentOnlineArchive, EnvironmentReplicaSet } from "../../stacks/environments.ts";
import { expectCode } from "../support/errors.ts";
import { synthesize } from "../support/synthesize.ts";

const { nat: _, ...withoutNat } = staging.network;

const environmentWith = (values: Partial<Environment>) => values;
const api = (values: Partial<Environment["api"]>) => ({ api: { ...staging.api, ...values } });
const auth = (values: Partial<Environment["api"]["auth"]>) => api({ auth: { ...staging.api.auth, ...values } });
const backup = (values: Partial<Environment["backup"]>) => ({ backup: { ...staging.backup, ...values } });
const cache = (values: Partial<Environment["cache"]>) => ({ cache: { ...staging.cache, ...values } });
const functions = (values: Partial<Environment["functions"]>) => ({ functions: { ...staging.functions, ...values } });
const network = (values: Partial<Environment["network"]>) => ({ network: { ...staging.network, ...values } });
const replicaSet = production.database as EnvironmentReplicaSet;
const database = (values: Partial<EnvironmentReplicaSet>) => ({ database: { ...replicaSet, ...values } });
const snapshots = (values: Partial<EnvironmentReplicaSet["backups"]>) =>
  database({ backups: { ...replicaSet.backups, ...values } });
const onlineArchive = (values: Partial<EnvironmentOnlineArchive>) =>
  database({ onlineArchive: { ...replicaSet.onlineArchive!, ...values } });
const provisioned = (minimum: number, maximum: number, utilizationPercent: number) =>
  functions({ provisionedConcurrency: { minimum, maximum, utilizationPercent } });

/** Values of staging that must not reach Terraform, by the code of their error. */
const rejected: Readonly<Record<string, readonly Partial<Environment>[]>> = {
  "api-rate-invalid": [{ requestsPerSecond: 0 }, { burst: 0 }, { burst: 1.5 }].flatMap((rate) => [
    api(rate),
    auth(rate),
  ]),
  "archive-days-invalid": [0, 1.5].map((afterDays) => onlineArchive({ afterDays })),
  "archive-retention-too-short": [onlineArchive({ afterDays: 400, keepDays: 406 })],
  "archive-too-early": [onlineArchive({ afterDays: recordableDays })],
  "availability-zone-foreign": [network({ availabilityZones: ["eu-west-1a", "us-east-1a"] })],
  "availability-zones-invalid": ["", "a", "aa", "abcd"].map((zones) =>
    network({ availabilityZones: [...zones].map((zone) => `eu-west-1${zone}`) }),
  ),
  "backup-copy-region-invalid": ["eu-west-1", "us-east-1", "eu-west-2"].map((copyRegion) => backup({ copyRegion })),
  "backup-retention-invalid": [0, 36_501, 0.5].map((retentionDays) => backup({ retentionDays })),
  "budget-amount-invalid": [0, -1].map((monthlyBudgetUsd) => ({ monthlyBudgetUsd })),
  "budget-emails-exceeded": [
    { alerts: { emails: Array.from({ length: 11 }, (_, index) => `person-${index}@ecobeat.app`) } },
  ],
  "cache-reserved-memory-invalid": [-1, 101, 12.5].map((reservedMemoryPercent) => cache({ reservedMemoryPercent })),
  "egress-ports-invalid": [
    { fromPort: 27_017, toPort: 27_015 },
    { fromPort: 0, toPort: 27_017 },
    { fromPort: 27_015, toPort: 65_536 },
  ].map((nat) => network({ nat })),
  "flex-requires-nat": [{ network: withoutNat }],
  "function-memory-invalid": [127, 10_241].map((memoryMb) => functions({ memoryMb })),
  "function-timeout-invalid": [22.5, 901].map((timeoutSeconds) => functions({ timeoutSeconds })),
  "provisioned-above-reserved": [provisioned(1, staging.functions.reservedConcurrency.auth + 1, 70)],
  "provisioned-concurrency-invalid": [provisioned(0, 1, 70), provisioned(2, 1, 70), provisioned(1, 1.5, 70)],
  "provisioned-utilization-invalid": [provisioned(1, 2, 95), provisioned(1, 2, 0.7)],
  "reserved-concurrency-invalid": [0, 1.5].map((reserved) =>
    functions({ reservedConcurrency: { auth: reserved, api: 1 } }),
  ),
  "route-rate-not-tighter": [auth({ requestsPerSecond: 50 }), auth({ burst: 100 })],
  "snapshot-copy-region-invalid": ["eu-west-1", "us-east-1", "eu-west-2", "EU_CENTRAL_1"].map((copyRegion) =>
    snapshots({ copyRegion }),
  ),
  "snapshot-retention-invalid": [{ pointInTimeDays: 31 }, { pointInTimeDays: 0 }, { dailyDays: 6 }].map(snapshots),
  "waf-auth-rate-not-tighter": [auth({ requestsPerAddress: 1_000 })],
  "waf-rate-limit-invalid": [9, 2_000_000_001, 10.5].map((requestsPerAddress) => api({ requestsPerAddress })),
};

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

  for (const [code, cases] of Object.entries(rejected)) {
    for (const [index, values] of cases.entries()) {
      it(`throws ${code}, case ${index + 1}`, () => expectCode(code, () => synthesize([{ ...staging, ...values }])));
    }
  }

  for (const path of ["v1", "v1/users", "/v1/", "//v1", ""]) {
    it(`throws route-path-invalid for "${path}"`, async () => {
      const stack = new TerraformStack(new App(), "stack");
      const restApi = new ApiGatewayRestApi(stack, "api", { name: "api" });
      const routes = [{ path, function: {} as ServiceFunction }];
      await expectCode("route-path-invalid", () => new ApiRoutes(stack, "routes", { api: restApi, routes }));
    });
  }
});
