import { ApiGatewayRestApi } from "@cdktf/provider-aws/lib/api-gateway-rest-api/index.js";
import { App, TerraformStack } from "cdktf";
import { expect } from "chai";
import { ApiRoutes } from "../../stacks/constructs/api/api-routes.ts";
import type { ServiceFunction } from "../../stacks/constructs/functions/service-function.ts";
import { type Environment, environments } from "../../stacks/environments.ts";
import { synthesize } from "../support/synthesize.ts";

const { staging } = environments;
const withValues = (values: Partial<Environment>) => () => synthesize([{ ...staging, ...values }]);

describe("limits of AWS, told at synthesis", () => {
  it("refuses a retention that CloudWatch Logs does not know", () => {
    expect(withValues({ logRetentionDays: 45 })).to.throw(
      /is to keep events for 45 days\. CloudWatch Logs knows only certain periods\. Choose one of 1, 3, 5, 7/,
    );
  });

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

  for (const requestsPerAddress of [9, 2_000_000_001, 10.5]) {
    it(`refuses a WAF that allows ${requestsPerAddress} requests per address`, () => {
      expect(withValues({ api: { ...staging.api, requestsPerAddress } })).to.throw(
        /requests per address\. AWS WAF counts whole requests and knows limits from 10.*Choose a limit/,
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

  for (const monthlyBudgetUsd of [0, -1, Number.NaN]) {
    it(`refuses a budget of ${monthlyBudgetUsd} dollars`, () => {
      expect(withValues({ monthlyBudgetUsd })).to.throw(/US dollars a month\. .* Choose an amount above 0/);
    });
  }

  it("refuses a budget that is told to more addresses than AWS writes to", () => {
    const emails = Array.from({ length: 11 }, (_, number) => `person-${number}@ecobeat.app`);
    expect(withValues({ alerts: { emails } })).to.throw(
      /told to 11 e-mail addresses\. .* ten at most\. Name a/,
    );
  });

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

  it("refuses an API that no page may call", () => {
    expect(withValues({ corsOrigins: [] })).to.throw(
      /No origin may call the API .* The functions need at least one.* Name the origins/,
    );
  });

  for (const origin of [
    "http://ecobeat.app",
    "ftp://ecobeat.app",
    "https://ecobeat.app/",
    "https://Ecobeat.app",
    "https://*.ecobeat.app/x",
    "ecobeat.app",
    "*",
    "https://",
  ]) {
    it(`refuses the origin ${origin}`, () => {
      expect(withValues({ corsOrigins: [origin] })).to.throw(
        /is to be an origin .* Browsers name an origin as scheme and host.* Write it as https:/,
      );
    });
  }

  for (const version of ["", "1.4", "v1.4.0", "1.4.0-beta", "1.04.0"]) {
    it(`refuses "${version}" as the app's minimum version`, () => {
      expect(withValues({ minimumAppVersion: version })).to.throw(
        /is to be the oldest version .* take three numbers.* Write it as 1\.4\.0/,
      );
    });
  }

  for (const values of [{ requestsPerSecond: 0 }, { burst: 0 }, { burst: 1.5 }]) {
    it(`refuses an API with ${JSON.stringify(values)}`, () => {
      expect(withValues({ api: { ...staging.api, ...values } })).to.throw(
        /is to take .* requests per second .* otherwise it refuses all\. Choose higher ones/,
      );
      expect(withValues({ api: { ...staging.api, auth: { ...staging.api.auth, ...values } } })).to.throw(
        /auth.* is to take .* requests per second/,
      );
    });
  }

  for (const [values, message] of [
    [{ requestsPerSecond: 50 }, /route \/v1\/auth\/.* is to take 50 .*the whole API 50 .* Choose lower ones/],
    [{ burst: 100 }, /route \/v1\/auth\/.* and 100 at once, .* Choose lower ones/],
    [{ requestsPerAddress: 1_000 }, /an address 1000 requests .* and 1000 in all\. .* Choose a lower one/],
  ] as const) {
    it(`refuses logins with ${JSON.stringify(values)}, as often as all the rest`, () => {
      expect(withValues({ api: { ...staging.api, auth: { ...staging.api.auth, ...values } } })).to.throw(
        message,
      );
    });
  }

  for (const accountId of ["1111-2222-3333", "11112222333", "", "me"]) {
    it(`refuses the account "${accountId}"`, () => {
      expect(withValues({ accountId })).to.throw(
        /in the AWS account ".*"\. Account ids have twelve digits.* Write the id as text/,
      );
    });
  }

  for (const apiDomain of [
    "https://api.ecobeat.app",
    "api.ecobeat.app/",
    "api",
    "API.ecobeat.app",
    "a..b.app",
    "",
  ]) {
    it(`refuses the domain "${apiDomain}"`, () => {
      expect(withValues({ apiDomain })).to.throw(
        /the API at ".*", which is no host name\. Its certificate .* Write it without scheme/,
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

  for (const path of ["v1", "v1/users", "/v1/", "//v1", ""]) {
    it(`refuses the route "${path}"`, () => {
      const stack = new TerraformStack(new App(), "stack");
      const api = new ApiGatewayRestApi(stack, "api", { name: "api" });
      const routes = [{ path, function: {} as ServiceFunction }];
      expect(() => new ApiRoutes(stack, "routes", { api, routes })).to.throw(
        /the route ".*"\. API Gateway knows a path by its parts.* Write it as \/v1/,
      );
    });
  }

  it("refuses a price class that CloudFront does not know", () => {
    expect(() =>
      synthesize([{ ...environments.production, cdn: { priceClass: "PriceClass_300" } }]),
    ).to.throw(/price class "PriceClass_300"\. CloudFront knows three.* Choose one of PriceClass_100/);
  });
});
