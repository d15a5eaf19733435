import { ApiGatewayRestApi } from "@cdktf/provider-aws/lib/api-gateway-rest-api/index.js";
import { App, TerraformStack } from "cdktf";
import { expect } from "chai";
import { ApiRoutes } from "../../stacks/constructs/api/api-routes.ts";
import type { ServiceFunction } from "../../stacks/constructs/functions/service-function.ts";
import { type Environment, environments } from "../../stacks/environments.ts";
import { expectCode } from "../support/errors.ts";
import { synthesize } from "../support/synthesize.ts";

const { staging } = environments;
const api = (values: Partial<Environment["api"]>) => ({ api: { ...staging.api, ...values } });
const auth = (values: Partial<Environment["api"]["auth"]>) =>
  api({ auth: { ...staging.api.auth, ...values } });

/** Values of staging that must not reach Terraform, by the code of their error. */
const rejected: Readonly<Record<string, readonly Partial<Environment>[]>> = {
  "account-id-invalid": ["1111-2222-3333", "11112222333", "", "me"].map((accountId) => ({ accountId })),
  "api-domain-invalid": [
    "https://api.ecobeat.app",
    "api.ecobeat.app/",
    "api",
    "API.ecobeat.app",
    "a..b.app",
    "",
  ].map((apiDomain) => ({ apiDomain })),
  "api-rate-invalid": [{ requestsPerSecond: 0 }, { burst: 0 }, { burst: 1.5 }].flatMap((rate) => [
    api(rate),
    auth(rate),
  ]),
  "budget-amount-invalid": [0, -1, Number.NaN].map((monthlyBudgetUsd) => ({ monthlyBudgetUsd })),
  "budget-emails-exceeded": [
    { alerts: { emails: Array.from({ length: 11 }, (_, index) => `person-${index}@ecobeat.app`) } },
  ],
  "cors-origins-missing": [{ corsOrigins: [] }],
  "cors-origin-invalid": [
    "http://ecobeat.app",
    "ftp://ecobeat.app",
    "https://ecobeat.app/",
    "https://Ecobeat.app",
    "https://*.ecobeat.app/x",
    "ecobeat.app",
    "*",
    "https://",
  ].map((origin) => ({ corsOrigins: [origin] })),
  "minimum-app-version-invalid": ["", "1.4", "v1.4.0", "1.4.0-beta", "1.04.0"].map((minimumAppVersion) => ({
    minimumAppVersion,
  })),
  "route-rate-not-tighter": [auth({ requestsPerSecond: 50 }), auth({ burst: 100 })],
  "waf-auth-rate-not-tighter": [auth({ requestsPerAddress: 1_000 })],
  "waf-rate-limit-invalid": [9, 2_000_000_001, 10.5].map((requestsPerAddress) => api({ requestsPerAddress })),
};

const withValues = (values: Partial<Environment>) => () => synthesize([{ ...staging, ...values }]);

describe("limits of AWS, checked at synthesis", () => {
  for (const [code, cases] of Object.entries(rejected)) {
    for (const [index, values] of cases.entries()) {
      it(`throws ${code}, case ${index + 1}`, () => expectCode(code, withValues(values)));
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

  for (const nodes of [0, 7, 1.5]) {
    it(`refuses a cache of ${nodes} nodes`, () => {
      expect(withValues({ cache: { ...staging.cache, nodes } })).to.throw(
        /is to have .* nodes\. ElastiCache allows one primary and up to five replicas\. Choose a number of nodes/,
      );
    });
  }

  for (const reservedMemoryPercent of [-1, 101, 12.5]) {
    it(`refuses a cache that reserves ${reservedMemoryPercent} % of its memory`, () => {
      expect(withValues({ cache: { ...staging.cache, reservedMemoryPercent } })).to.throw(
        /is to reserve .* % of its memory\. ElastiCache takes whole percents.*Choose from 0 to 100/,
      );
    });
  }

  for (const nodeType of ["t3.micro", "db.t3.micro", "cache.", ""]) {
    it(`refuses a cache of the type "${nodeType}"`, () => {
      expect(withValues({ cache: { ...staging.cache, nodeType } })).to.throw(
        /nodes of the type ".*"\. ElastiCache's types begin with "cache\."\. Choose one of those/,
      );
    });
  }

  for (const functions of [
    { runtime: "node24" },
    { runtime: "python3.13" },
    { memoryMb: 127 },
    { memoryMb: 10_241 },
    { timeoutSeconds: 0 },
    { timeoutSeconds: 901 },
    { reservedConcurrency: { auth: 0, api: 1 } },
    { reservedConcurrency: { auth: 1.5, api: 1 } },
    { provisionedConcurrency: { minimum: 0, maximum: 1, utilizationPercent: 70 } },
    { provisionedConcurrency: { minimum: 2, maximum: 1, utilizationPercent: 70 } },
    { provisionedConcurrency: { minimum: 1, maximum: 1.5, utilizationPercent: 70 } },
    { provisionedConcurrency: { minimum: 1, maximum: 2, utilizationPercent: 95 } },
    { provisionedConcurrency: { minimum: 1, maximum: 2, utilizationPercent: 0.7 } },
  ]) {
    it(`refuses a function with ${JSON.stringify(functions)}`, () => {
      expect(withValues({ functions: { ...staging.functions, ...functions } })).to.throw(
        /The function "ecobeat-staging-auth" .* Choose /,
      );
    });
  }

  it("refuses to keep more of a function ready than it may run at once", () => {
    const functions = {
      ...staging.functions,
      reservedConcurrency: { auth: 4, api: 10 },
      provisionedConcurrency: { minimum: 1, maximum: 5, utilizationPercent: 70 },
    };
    expect(withValues({ functions })).to.throw(
      /up to 5 execution environments ready, and 4 are reserved for it\. .* Reserve more, or keep fewer ready/,
    );
  });

  for (const retentionDays of [0, 36_501, 0.5]) {
    it(`refuses to keep backups for ${retentionDays} days`, () => {
      expect(withValues({ backup: { ...staging.backup, retentionDays } })).to.throw(
        /is to keep backups for .* days\. S3 locks objects for whole days, from 1.*Choose a period/,
      );
    });
  }

  for (const everyHours of [0, 5, 24, 4.5]) {
    it(`refuses dumps every ${everyHours} hours`, () => {
      expect(withValues({ backup: { ...staging.backup, everyHours } })).to.throw(
        /is to be dumped every .* hours\. .* whole number of them\. Choose 1, 2, 3, 4, 6, 8 or 12/,
      );
    });
  }

  for (const copyRegion of ["eu-west-1", "us-east-1", "eu-west-2"]) {
    it(`refuses copies of backups in ${copyRegion}`, () => {
      expect(withValues({ backup: { ...staging.backup, copyRegion } })).to.throw(
        /copy of the backups .* is to lie in .*when eu-west-1 fails.*Choose one of eu-central-1/,
      );
    });
  }

  it("refuses a network without a zone of its own region", () => {
    expect(
      withValues({ network: { ...staging.network, availabilityZones: ["eu-west-1a", "us-east-1a"] } }),
    ).to.throw(/zone "us-east-1a".*region eu-west-1.*Name zones of eu-west-1/);
  });

  for (const availabilityZones of [
    [],
    ["eu-west-1a"],
    ["eu-west-1a", "eu-west-1a"],
    ["eu-west-1a", "eu-west-1b", "eu-west-1c", "eu-west-1d"],
  ]) {
    it(`refuses a network of the zones [${availabilityZones}]`, () => {
      expect(withValues({ network: { ...staging.network, availabilityZones } })).to.throw(
        /has the availability zones \[.*when one zone fails.*Name two or three different zones of eu-west-1/,
      );
    });
  }

  for (const [fromPort, toPort] of [
    [27_017, 27_015],
    [0, 27_017],
    [27_015, 65_536],
  ] as const) {
    it(`refuses ports from ${fromPort} to ${toPort}`, () => {
      expect(withValues({ network: { ...staging.network, nat: { fromPort, toPort } } })).to.throw(
        /are to reach the internet on the ports .* TCP has ports from 1 to 65,535.* Choose such a range/,
      );
    });
  }

  for (const organizationId of ["", "ecobeat", "00000000000000000000000g", "0".repeat(25)]) {
    it(`refuses the Atlas organization "${organizationId}"`, () => {
      expect(withValues({ database: { kind: "flex", organizationId } })).to.throw(
        /the Atlas organization ".*"\. Atlas's ids have 24 hexadecimal digits.* Copy the id/,
      );
    });
  }
});
