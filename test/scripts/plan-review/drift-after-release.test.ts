import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DeleteRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import {
  DeleteFunctionCommand,
  LambdaClient,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { expect } from "chai";
import { strToU8, zipSync } from "fflate";
import { type EmulatorAccount, openEmulatorAccount } from "../../../scripts/drill/emulator-account.ts";
import { evaluate } from "../../../scripts/plan-review/evaluate.ts";
import { planStacks } from "../../../scripts/plan-review/plan-stacks.ts";
import { reviewDrift } from "../../../scripts/plan-review/review.ts";
import { readArchive } from "../../../scripts/release/archive.ts";
import { ReleaseFunctions, releasedFunctions, unversionedFunctions } from "../../../scripts/release/functions.ts";
import { allStacks } from "../../stacks/rules/rule.ts";
import { setVariables } from "../../support/variables.ts";
import { policy } from "./plans.ts";
import { type Resources, Workspace } from "./workspace.ts";

const role = "ecobeat-staging-functions";
const trust = policy({ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } });

const createZip = (source: string) => zipSync({ "index.js": strToU8(source) }, { mtime: "2026-01-01" });

/** The functions and aliases of staging, with a role of their own, outside of a VPC, and what the emulator and the provider support. */
function toResources(): Resources {
  const { aws_lambda_function: functions = {}, aws_lambda_alias } = allStacks()["ecobeat-staging-service"]!.resource;
  const reduced = Object.entries(functions).map(([id, attributes]) => {
    const { vpc_config, logging_config, depends_on, environment, ...rest } = attributes;
    const variables = { environment: { variables: { LOG_LEVEL: "info" } } };
    const changed = { role: "${aws_iam_role.functions.arn}", runtime: "nodejs22.x", filename: "first.zip" };
    return [id, { ...rest, ...(environment && variables), ...changed }] as const;
  });
  return {
    aws_iam_role: { functions: { name: role, assume_role_policy: trust } },
    aws_lambda_function: Object.fromEntries(reduced),
    aws_lambda_alias: aws_lambda_alias!,
  };
}

describe("drift after a release", () => {
  const resources = toResources();
  let workspace: Workspace | undefined;
  let account: EmulatorAccount;
  let lambda: LambdaClient | undefined;
  let restore = () => {};

  const drift = async () => {
    const { folder, terraform, environment, initArguments, signal } = workspace!;
    const options = { terraform, environment, initArguments, logs: folder, signal, planArguments: ["-refresh-only"] };
    const results = await planStacks([{ name: "service", folder }], options, () => {});
    expect(results.failures).to.deep.equal([]);
    return { ...reviewDrift({ ...results, undeployed: [] }), plans: results.plans };
  };

  /** As a release does: an archive for each function, a version of those with an alias, and the alias. */
  async function release(source: string): Promise<void> {
    const path = join(workspace!.folder, `${randomUUID()}.zip`);
    writeFileSync(path, createZip(source));
    const archive = await readArchive(path);
    const functions = new ReleaseFunctions("staging");
    for (const id of unversionedFunctions) await functions.replaceArchive(id, archive);
    for (const id of releasedFunctions) {
      const version = await functions.publish(id, archive);
      await functions.rollBack(id, await functions.getLiveAlias(id), version);
    }
  }

  before(async function () {
    const { AWS_ENDPOINT_URL } = process.env;
    if (AWS_ENDPOINT_URL) account = await openEmulatorAccount(AWS_ENDPOINT_URL, "eu-west-1");
    const role_arn = `arn:aws:iam::${account?.id}:role/tests`;
    workspace = await Workspace.create(this, resources, { assume_role: [{ role_arn }] });
    writeFileSync(join(workspace.folder, "first.zip"), createZip("first"));
    restore = setVariables(account.variables);
    lambda = new LambdaClient(account.clientConfig);
    await workspace.init();
    await workspace.run("apply", "-auto-approve", "-input=false");
  });
  after(async () => {
    restore();
    // Without Terraform, which would start the provider twice.
    for (const { function_name } of Object.values(resources.aws_lambda_function!))
      await lambda?.send(new DeleteFunctionCommand({ FunctionName: String(function_name) }));
    if (lambda) await new IAMClient(account.clientConfig).send(new DeleteRoleCommand({ RoleName: role }));
    workspace?.remove();
  });

  it("is none after two releases", async () => {
    await release("second");
    await release("third");
    const { plans, exitStatus } = await drift();
    expect(plans.map((plan) => plan.drift)).to.deep.equal([[]]);
    expect(exitStatus).to.equal(0);
  });

  describe("and after other changes of functions", () => {
    let found: Awaited<ReturnType<typeof drift>>;
    let findings: string;
    /** The paths of the differences of a function. */
    const pathsOf = (id: string) =>
      found.plans
        .flatMap((plan) => plan.drift)
        .filter(({ address }) => address.startsWith(`aws_lambda_function.${id}_`))
        .flatMap(({ differences }) => differences.map(({ path }) => path));

    before(async () => {
      const Environment = { Variables: { LOG_LEVEL: "debug" } };
      const changes = { FunctionName: "ecobeat-staging-auth", MemorySize: 1024, Environment };
      await lambda!.send(new UpdateFunctionConfigurationCommand(changes));
      const ZipFile = createZip("other");
      for (const id of ["api", "dump"]) {
        await lambda!.send(new UpdateFunctionCodeCommand({ FunctionName: `ecobeat-staging-${id}`, ZipFile }));
      }
      found = await drift();
      findings = evaluate(found.plans)
        .map(({ address, text }) => `${address}: ${text}`)
        .join("\n");
    });

    it("contains those of a released function, such as a variable, and only these", () => {
      // Its code differs from that of the API, with which it shares an archive.
      const code = pathsOf("api");
      expect(pathsOf("auth")).to.have.members([...code, "environment.0.variables.LOG_LEVEL", "memory_size"]);
      expect(code).to.include("code_sha256").and.not.include("memory_size");
      expect(found.exitStatus).to.equal(2);
    });

    it("contains code that no release has uploaded", () => {
      for (const id of ["api", "auth", "dump"])
        expect(findings).to.match(new RegExp(`^aws_lambda_function\\.${id}_`, "m"));
      expect(findings).to.not.match(/migration|pre-traffic|restore-test/);
    });
  });
});
