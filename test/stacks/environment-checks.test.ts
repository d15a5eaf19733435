import { execFile } from "node:child_process";
import { cp, readFile, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { inspect, promisify } from "node:util";
import { expect } from "chai";
import { defaultTimeouts } from "../../service/platform/timeouts.ts";
import {
  checkEnvironment,
  otherConcurrency,
  requestSeconds,
  unconnectedConcurrency,
} from "../../stacks/environment-checks.ts";
import { environments, getEnvironment } from "../../stacks/environments/index.ts";
import type { Environment } from "../../stacks/environments.ts";
import { expectCode } from "../support/errors.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";
import { getStackEnvironment, resources } from "./rules/resources.ts";
import { allStacks } from "./rules/rule.ts";

const [staging, production] = [getEnvironment("staging"), getEnvironment("production")];

/** A copy of an environment in which the member at a path has another value; without one it is absent. */
function change(environment: Environment, path: string, ...value: unknown[]): Environment {
  const copy = structuredClone(environment);
  const names = path.split(".");
  const last = names.pop()!;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the path leads to
  const parent = names.reduce((each: any, name) => each[name], copy);
  if (value.length > 0) parent[last] = value[0];
  else delete parent[last];
  return copy;
}

/** Every member of a configuration and of the objects in it, as paths. */
const getPaths = (value: unknown, path = ""): string[] =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([name, member]) => [`${path}${name}`, ...getPaths(member, `${path}${name}.`)])
    : [];

const optional = [
  ...["app", "cdn", "promotedTo", "drillable", "backup.copyRegion", "functions.provisionedConcurrency"],
  ...["alerts.webhookUrl", "database.onlineArchive", "localFoundation", "previews", "size", "slo.fast"],
];

/** Wrong values, by member. */
const wrong: Readonly<Record<string, readonly unknown[]>> = {
  name: ["Staging", "staging_1", "1st", "", "a".repeat(11)],
  accountId: ["1111-2222-3333", "11112222333", "", "me", 111_122_223_333],
  region: ["EU_WEST_1", "eu-west", "Ireland", "eu-west-9", "us-east-1", "eu-west-2"],
  apiDomain: [
    "https://api.ecobeat.app",
    "api.ecobeat.app/",
    "api",
    "API.ecobeat.app",
    "a..b.app",
    "",
    `${"a".repeat(60)}.app.eu`,
  ],
  corsOrigins: [[], "https://ecobeat.app"],
  "corsOrigins.0": [
    ...["http://ecobeat.app", "ftp://ecobeat.app", "https://ecobeat.app/", "https://Ecobeat.app"],
    ...["https://*.ecobeat.app/x", "ecobeat.app", "*", "https://"],
  ],
  minimumAppVersion: ["", "1.4", "v1.4.0", "1.4.0-beta", "1.04.0"],
  "app.appleAppIds.0": [
    "app.ecobeat",
    "ABCDE12345",
    "abcde12345.app.ecobeat",
    "ABCDE12345.app..ecobeat",
    "ABCDE12345.*",
    "",
  ],
  "app.androidCertificates.0": [
    ...["14:6D", "14:6d".padEnd(95, ":6d"), "146D".repeat(16), `${Array(32).fill("0A").join(":")}:`, ""],
    Array(20).fill("0A").join(":"),
  ],
  size: ["XL", "s", "", undefined],
  "network.cidr": [
    ...["10.20.0.0", "10.20.1.0/16", "10.256.0.0/16", "10.0.0.0/15", "10.20.0.0/21", "10.20.0.0/33", ""],
    ...["8.8.0.0/16", "172.15.0.0/16", "172.32.0.0/16", "192.169.0.0/16", "110.20.0.0/16"],
  ],
  "network.availabilityZones": [
    ...["eu-west-1a", [], ["eu-west-1a"], ["eu-west-1a", "eu-west-1a"]],
    ["eu-west-1a", "eu-west-1b", "eu-west-1c", "eu-west-1d"],
  ],
  "network.availabilityZones.1": ["eu-central-1b", "eu-west-1z", "eu-west-1", "b"],
  "network.nat.fromPort": [0, -1, 27_015.5, 65_536],
  "network.nat.toPort": [27_014, 65_536],
  "cache.reservedMemoryPercent": [-1, 101, 12.5],
  "cache.nodeType": [
    "t3.micro",
    "db.t3.micro",
    "cache.",
    "",
    "cache.t3.large",
    "cache.r6gd.xlarge",
    "cache.m7g.24xlarge",
  ],
  "cache.nodes": [0, 7, "1"],
  "database.kind": ["shared", "Flex"],
  "database.organizationId": ["", "ecobeat", "00000000000000000000000g", "0".repeat(25)],
  "database.onlineArchive": [{ afterDays: 366, keepDays: 1_000 }],
  "backup.everyHours": [5, 24],
  "backup.retentionDays": [0, -30, 30.5, 36_501],
  "backup.copyRegion": ["eu-west-1", "us-east-1", "eu-central-7", "EU_CENTRAL_1"],
  "slo.availability": [94.9, 99.9995, 100, "99.9"],
  "slo.slow": ["1s", "1 second", "1", 1_000, "40 ms", "20.001 s", "-1 s", ""],
  "slo.fast": [50, 100],
  "functions.runtime": ["nodejs18.x", "nodejs25.x", "nodejs24", "python3.13"],
  "functions.memoryMb": [
    "512",
    "512 MB",
    Number.NaN,
    Number.POSITIVE_INFINITY,
    null,
    undefined,
    512n,
    512.5,
    127,
    10_241,
  ],
  "functions.timeoutSeconds": [0, 30.5, 901],
  "functions.reservedConcurrency.auth": [0, -20, 20.5],
  "functions.reservedConcurrency.api": [0],
  "functions.concurrencyQuota": [1_000.5, 0],
  "functions.deploymentConfiguration": [
    ...["LambdaAllAtOnce", "CodeDeployDefault.LambdaCanary10Percent", "CodeDeployDefault.AllAtOnce"],
  ],
  "api.docsPage": ["yes", 1],
  "api.requestsPerSecond": [0, -50],
  "api.burst": [0, -1, 100.5],
  "api.requestsPerAddress": [9, 1_000.5, 2_000_000_001],
  "api.auth.requestsPerSecond": [50, 0],
  "api.auth.burst": [100, 1.5],
  "api.auth.requestsPerAddress": [299, 1_000],
  "alerts.emails": [
    ...["platform@ecobeat.app", ["ann@ecobeat.app", "ann@ecobeat.app"]],
    Array.from({ length: 11 }, (_, index) => `ann-${index}@ecobeat.app`),
  ],
  "alerts.emails.0": ["platform", "platform@ecobeat", "Ann <ann@ecobeat.app>"],
  "alerts.webhookUrl": ["http://alerts.ecobeat.app", "alerts", ""],
  monthlyBudgetUsd: [Number.NaN, "200", 0, -200],
  logRetentionDays: [45, "30"],
  promotedTo: ["Production", "", undefined, 1],
};

/** Wrong values of what production alone has. */
const wrongInProduction: typeof wrong = {
  "database.backups.dailyDays": [6, 30.5, -3],
  "database.backups.pointInTimeDays": [0, 1.5],
  "database.backups.copyRegion": ["eu-west-1", "EU_CENTRAL_1", "us-east-1"],
  "database.onlineArchive.afterDays": [365, 366.5],
  "database.onlineArchive.keepDays": [372, 1_000.5],
  "functions.provisionedConcurrency.minimum": [0, 1.5],
  "functions.provisionedConcurrency.maximum": [1, 81],
  "functions.provisionedConcurrency.utilizationPercent": [9, 91],
  "network.availabilityZones": [["eu-west-1a", "eu-west-1b", "eu-west-1c", "eu-west-1a"]],
};

describe("the check of an environment", () => {
  it("accepts the environments", () => {
    for (const environment of Object.values(environments)) checkEnvironment(environment);
  });

  for (const [environment, values] of [
    [staging, wrong],
    [production, wrongInProduction],
  ] as const) {
    for (const [path, value] of Object.entries(values).flatMap(([path, values]) =>
      values.map((value) => [path, value] as const),
    )) {
      const printed =
        typeof value === "string"
          ? JSON.stringify(value)
          : inspect(value, { breakLength: Number.POSITIVE_INFINITY, compact: true });
      it(`names ${path} of ${environment.name} if it is ${printed}`, async () => {
        const { message } = await expectCode("environment-invalid", () =>
          checkEnvironment(change(environment, path, value)),
        );
        expect(message).to.contain(`: ${path} is ${printed} and must be `);
        expect(message.split("\n")).to.have.length(1);
      });
    }
  }

  it("names what has no form of its own on one line", async () => {
    const circular: { itself?: object } = {};
    circular.itself = circular;
    for (const [value, printed] of [
      [circular, "<ref *1> { itself: [Circular *1] }"],
      [() => 200, "[Function (anonymous)]"],
      [Symbol("dollars"), "Symbol(dollars)"],
    ] as const) {
      const { message } = await expectCode("environment-invalid", () =>
        checkEnvironment({ ...staging, monthlyBudgetUsd: value as never }),
      );
      expect(message).to.contain(`: monthlyBudgetUsd is ${printed} and must be a number.`);
    }
  });

  it("does not print the credentials of a webhook", async () => {
    for (const credentials of ["hidden", "ann:hidden", ":hidden", "ann:hid@hidden"]) {
      const { message } = await expectCode("environment-invalid", () =>
        checkEnvironment(change(staging, "alerts.webhookUrl", `https://${credentials}@alerts.ecobeat.app/staging`)),
      );
      expect(message).to.contain("alerts.webhookUrl is ").and.not.contain("hid");
    }
  });

  it("names what depends on another member: recipients of alerts, the network of a Flex cluster, and an app that exists", async () => {
    for (const [wrong, part] of [
      [{ ...staging, alerts: { emails: [] } }, ": alerts.emails is [] and must be "],
      [change(staging, "network.nat"), ": network.nat is missing: "],
      [{ ...staging, app: { appleAppIds: [], androidCertificates: [] } }, ": app.appleAppIds is [] and must be "],
    ] as const) {
      expect((await expectCode("environment-invalid", () => checkEnvironment(wrong))).message).to.contain(part);
    }
    checkEnvironment(change(staging, "alerts.emails", []));
    for (const list of ["app.appleAppIds", "app.androidCertificates"]) checkEnvironment(change(staging, list, []));
  });

  for (const environment of [staging, production]) {
    for (const path of getPaths(environment)) {
      if (optional.includes(path)) {
        it(`accepts ${environment.name} without ${path}`, () => checkEnvironment(change(environment, path)));
      } else {
        it(`names ${path} if ${environment.name} has none`, async () => {
          const { message } = await expectCode("environment-invalid", () =>
            checkEnvironment(change(environment, path)),
          );
          expect(message).to.match(new RegExp(`: ${path} is missing[.:]`));
        });
      }
      it(`names a member next to ${path} that ${environment.name} should not have`, async () => {
        const unknown = `${path.slice(0, path.lastIndexOf(".") + 1)}timeout`;
        const { message } = await expectCode("environment-invalid", () =>
          checkEnvironment(change(environment, unknown, 1)),
        );
        expect(message).to.contain(`: ${unknown} is unknown.`);
      });
    }
  }

  it("names all mistakes at the same time, and the environment", async () => {
    const mistaken = change(change(staging, "functions.memoryMb"), "functions.memoryMB", 512);
    const { message } = await expectCode("environment-invalid", () => checkEnvironment(mistaken));
    expect(message)
      .to.match(/^The environment "staging" /)
      .and.contain("functions.memoryMb is missing; functions.memoryMB is unknown.");
  });

  it("rejects a configuration that is none", async () => {
    for (const value of [undefined, null, "staging", []] as unknown[]) {
      await expectCode("environment-invalid", () => checkEnvironment(value as Environment));
    }
  });

  it("shows of many possible values those that begin like the wrong one", async () => {
    for (const [value, shown] of [
      ["cache.t3.mikro", /must be one of cache\.t3\.micro, or one of \d+ others/],
      ["t3.micro", /must be one of (cache\.\S+, ){10}or one of \d+ others/],
    ] as const) {
      const { message } = await expectCode("environment-invalid", () =>
        checkEnvironment(change(staging, "cache.nodeType", value)),
      );
      expect(message).to.match(shown);
    }
  });

  /** An environment whose functions reserve this concurrency. */
  const reserving = ({ previews: _, ...environment }: Environment, concurrency: number) =>
    change(environment, "functions.reservedConcurrency", { auth: 20, api: concurrency - 20 - otherConcurrency });

  it("compares the concurrency with the connections of the database: four for each, on any tier", async () => {
    const onTier = (instanceSize: string) =>
      change(change(production, "database.instanceSize", instanceSize), "functions.concurrencyQuota", 40_000);
    for (const [environment, limit] of [
      [staging, 500],
      [production, 1_490],
      [onTier("M20"), 2_990],
      [onTier("M40"), 5_990],
      [onTier("R40"), 3_990],
      [onTier("R50"), 15_990],
      [onTier("M60"), 31_990],
      [onTier("M80"), 95_990],
      [onTier("R80"), 63_990],
      [onTier("M300"), 127_990],
    ] as const) {
      const most = Math.floor(limit / 4) + unconnectedConcurrency;
      checkEnvironment(reserving(environment, most));
      const { message } = await expectCode("reserved-concurrency-above-connections", () =>
        checkEnvironment(reserving(environment, most + 3)),
      );
      expect(message).to.contain(`accepts ${limit}`);
      expect(message).to.contain("by 3 in all, or choose a");
    }
  });

  it("counts the concurrency of as many previews as there may be, each with the function that creates indexes", async () => {
    // (20 + 50 + 6 + 5 * (2 + 5 + 1)) * 4 = 464
    checkEnvironment(staging);
    checkEnvironment(change(staging, "previews.maximum", 6));
    const { message } = await expectCode("reserved-concurrency-above-connections", () =>
      checkEnvironment(change(staging, "previews.maximum", 7)),
    );
    expect(message).to.contain("528 connections").and.contain("`previews.maximum`");
  });

  it("compares the concurrency with the account's quota", async () => {
    const large = change(production, "database.instanceSize", "M40");
    checkEnvironment(reserving(large, 900));
    await expectCode("reserved-concurrency-above-quota", () => checkEnvironment(reserving(large, 901)));
    checkEnvironment(reserving(change(large, "functions.concurrencyQuota", 1_001), 901));
  });

  it("counts the concurrency of all functions of the stacks", () => {
    for (const { name, functions: configured } of [staging, production]) {
      const functions = resources(allStacks()).filter(
        ({ type, stack }) => type === "aws_lambda_function" && getStackEnvironment(stack).name === name,
      );
      const reserved = functions.map(({ attributes }) => Number(attributes.reserved_concurrent_executions));
      const { auth, api } = configured.reservedConcurrency;
      expect(reserved.reduce((sum, each) => sum + each, 0)).to.equal(auth + api + otherConcurrency);
    }
  });

  it("compares the timeout of the functions with that of the service", async () => {
    expect(requestSeconds * 1_000).to.equal(defaultTimeouts.request + defaultTimeouts.requestMargin);
    checkEnvironment(change(staging, "functions.timeoutSeconds", requestSeconds));
    await expectCode("function-timeout-too-short", () =>
      checkEnvironment(change(staging, "functions.timeoutSeconds", requestSeconds - 1)),
    );
  });

  const folder = useTemporaryFolder();

  it("precedes all else in synthesis, which prints it alone", async () => {
    const root = join(import.meta.dirname, "..", "..");
    let copy = join(folder(), "first");
    for (const name of ["main.ts", "stacks", "scripts", "service", "package.json"]) {
      await cp(join(root, name), join(copy, name), { recursive: true });
    }
    await symlink(join(root, "node_modules"), join(copy, "node_modules"));
    const file = "stacks/environments/staging.ts";
    const text = await readFile(join(copy, file), "utf8");
    await writeFile(join(copy, file), text.replace(/ {2}accountId: .*\n/, ""));
    const failure = await promisify(execFile)(process.execPath, ["--import", "tsx", "main.ts"], { cwd: copy }).catch(
      (error: unknown) => error,
    );
    expect(failure).to.include({ code: 1, stdout: "" });
    expect(failure)
      .to.have.property("stderr")
      .that.matches(/^The environment "staging" has .*: accountId is missing\. .*\n$/);

    for (const [name, wrong, why] of [
      ["syntax", text.replace("cache: {", "cache: {{"), ".*staging\\.ts:\\d+(:10: ERROR)?: .*"],
      ["import", `import "./none.ts";\n${text}`, "Cannot find module .*none.ts.*"],
      ["undefined", `throw undefined;\n${text}`, "undefined\\."],
    ] as const) {
      // Node.js loads the modules of another path again.
      const renamed = join(folder(), name);
      await rename(copy, renamed);
      copy = renamed;
      await writeFile(join(copy, file), wrong);
      const { message } = await expectCode(
        "environment-not-loaded",
        () => import(pathToFileURL(join(copy, "stacks/environments/index.ts")).href),
      );
      expect(message).to.match(new RegExp(`^The environment in ${file} cannot be loaded\\. ${why} .*$`));
    }
  });
});
