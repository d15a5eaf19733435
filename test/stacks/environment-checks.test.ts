import { execFile } from "node:child_process";
import { cp, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { defaultTimeouts } from "../../service/platform/timeouts.ts";
import { checkEnvironment, otherConcurrency, requestSeconds } from "../../stacks/environment-checks.ts";
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
  ...["cdn", "promotedTo", "drillable", "network.nat", "backup.copyRegion", "functions.provisionedConcurrency"],
  ...["alerts.webhookUrl", "database.onlineArchive"],
];

/** Wrong values, by member. */
const wrong: Readonly<Record<string, readonly unknown[]>> = {
  name: ["Staging", "staging_1", "1st", "", "a".repeat(11)],
  accountId: ["1111-2222-3333", "11112222333", "", "me", 111_122_223_333],
  region: ["EU_WEST_1", "eu-west", "Ireland"],
  apiDomain: ["https://api.ecobeat.app", "api.ecobeat.app/", "api", "API.ecobeat.app", "a..b.app", ""],
  corsOrigins: [[], "https://ecobeat.app"],
  "corsOrigins.0": [
    ...["http://ecobeat.app", "ftp://ecobeat.app", "https://ecobeat.app/", "https://Ecobeat.app"],
    ...["https://*.ecobeat.app/x", "ecobeat.app", "*", "https://"],
  ],
  minimumAppVersion: ["", "1.4", "v1.4.0", "1.4.0-beta", "1.04.0"],
  "network.availabilityZones": ["eu-west-1a"],
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
  "functions.runtime": ["nodejs18.x", "nodejs25.x", "nodejs24", "python3.13"],
  "functions.memoryMb": ["512", "512 MB", Number.NaN, null],
  "functions.deploymentConfiguration": [
    ...["LambdaAllAtOnce", "CodeDeployDefault.LambdaCanary10Percent", "CodeDeployDefault.AllAtOnce"],
  ],
  "api.docsPage": ["yes", 1],
  monthlyBudgetUsd: [Number.NaN, "200"],
  logRetentionDays: [45, "30"],
  promotedTo: ["Production", ""],
};

describe("the check of an environment", () => {
  it("accepts the environments", () => {
    for (const environment of Object.values(environments)) checkEnvironment(environment);
  });

  for (const [path, values] of Object.entries(wrong)) {
    for (const value of values) {
      it(`names ${path} if it is ${JSON.stringify(value)}`, async () => {
        const { message } = await expectCode("environment-invalid", () =>
          checkEnvironment(change(staging, path, value)),
        );
        const printed = typeof value === "number" ? value : JSON.stringify(value);
        expect(message).to.contain(`: ${path} is ${printed} and must be `);
        expect(message.split("\n")).to.have.length(1);
      });
    }
  }

  for (const environment of [staging, production]) {
    for (const path of getPaths(environment)) {
      if (optional.includes(path)) {
        it(`accepts ${environment.name} without ${path}`, () => checkEnvironment(change(environment, path)));
      } else {
        it(`names ${path} if ${environment.name} has none`, async () => {
          const { message } = await expectCode("environment-invalid", () =>
            checkEnvironment(change(environment, path)),
          );
          expect(message).to.contain(`: ${path} is missing.`);
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

  /** An environment whose functions reserve this concurrency. */
  const reserving = (environment: Environment, concurrency: number) =>
    change(environment, "functions.reservedConcurrency", { auth: 20, api: concurrency - 20 - otherConcurrency });

  it("compares the concurrency with the connections of the database: four for each, on any tier", async () => {
    const onTier = (instanceSize: string) =>
      change(change(production, "database.instanceSize", instanceSize), "functions.concurrencyQuota", 20_000);
    for (const [environment, limit] of [
      [staging, 500],
      [production, 1_490],
      [onTier("M20"), 2_990],
      [onTier("R40"), 5_990],
      [onTier("M60"), 31_990],
      [onTier("M300"), 31_990],
    ] as const) {
      const most = Math.floor(limit / 4);
      checkEnvironment(reserving(environment, most));
      const { message } = await expectCode("reserved-concurrency-above-connections", () =>
        checkEnvironment(reserving(environment, most + 1)),
      );
      expect(message).to.contain(`accepts ${limit}`);
    }
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
    for (const name of ["main.ts", "stacks", "scripts", "service", "package.json"]) {
      await cp(join(root, name), join(folder(), name), { recursive: true });
    }
    await symlink(join(root, "node_modules"), join(folder(), "node_modules"));
    const file = join(folder(), "stacks/environments/staging.ts");
    await writeFile(file, (await readFile(file, "utf8")).replace(/ {2}accountId: .*\n/, ""));
    const failure = await promisify(execFile)(process.execPath, ["--import", "tsx", "main.ts"], {
      cwd: folder(),
    }).catch((error: unknown) => error);
    expect(failure).to.include({ code: 1, stdout: "" });
    expect(failure)
      .to.have.property("stderr")
      .that.matches(/^The environment "staging" .*: accountId is missing\. .*\n$/);
  });
});
