import { expect } from "chai";
import { environments } from "../../../stacks/environments/index.ts";
import { toDeployRoleName } from "../../../stacks/names.ts";
import type { Stacks } from "../../support/synthesize.ts";
import { isAllowing, type Statement } from "../rules/policies.ts";
import { getStackEnvironment, type Resource, resources } from "../rules/resources.ts";
import { getWorkflowSubjects } from "../rules/roles.ts";
import { getArn } from "./resolve-references.ts";
import { findRole, getManagedPolicies, isAllowed, simulatedStacks } from "./simulation.ts";

/** The simulator does not support these: its list has two ARNs in one for the stages of an API. */
const unknownToSimulator = ["apigateway:SetWebACL"];

/** The context of a request that meets the conditions of a statement. */
function toContext({ Condition = {} }: Statement, region: string): Record<string, string | string[]> {
  const context: Record<string, string | string[]> = { "kms:GrantIsForAWSResource": "true" };
  for (const [operator, keys] of Object.entries(Condition)) {
    for (const [key, value] of Object.entries(keys)) {
      const [first] = [value].flat() as string[];
      const example = operator.includes("NotEquals") ? `not ${first}` : first!.replaceAll("*", region);
      if (operator.startsWith("ForAllValues:")) context[key] = [example];
      else if (operator !== "Null") context[key] = example;
    }
  }
  return context;
}

/** Examples of the resources: of keys only those of the environment, because their key policies count too. */
const toExamples = (stacks: Stacks, { stack }: Resource, pattern: string): string[] =>
  pattern.startsWith("arn:aws:kms:") && pattern.endsWith(":key/*")
    ? resources(stacks, "aws_kms_key")
        .filter((key) => key.stack === stack)
        .map(getArn)
    : [pattern];

async function isEffective(stacks: Stacks, role: Resource, statement: Statement, action: string): Promise<boolean> {
  const context = toContext(statement, getStackEnvironment(role.stack).region);
  for (const resource of (statement.Resource ?? []).flatMap((pattern) => toExamples(stacks, role, pattern))) {
    const answer = isAllowed(stacks, role.attributes.name, { action, resource, context });
    // AWS knows the action, but not for each of the resources that the statement names.
    if (await answer.catch(() => false)) return true;
  }
  return false;
}

/** The allowed actions without effect: AWS does not know them, or not for the resource, or not under the condition. */
async function findIneffectiveActions(stacks: Stacks, roleName: string, part = ""): Promise<string[]> {
  const role = findRole(stacks, roleName);
  const found: string[] = [];
  for (const { name, policy } of getManagedPolicies(stacks, role).filter((each) => each.name.includes(part))) {
    for (const statement of (JSON.parse(policy).Statement as Statement[]).filter(isAllowing)) {
      for (const action of statement.Action!.filter((each) => !unknownToSimulator.includes(each))) {
        if (await isEffective(stacks, role, statement, action)) continue;
        found.push(`${name} ${statement.Sid} ${action}`);
      }
    }
  }
  return found;
}

describe("IAM allows each action in the policies of deploy roles and workflow roles, for some of its resources:", () => {
  for (const environment of Object.values(environments)) {
    for (const task of ["plan", "apply", ...Object.keys(getWorkflowSubjects(environment))]) {
      const roleName = toDeployRoleName(environment, task);
      it(roleName, async () => {
        expect(await findIneffectiveActions(simulatedStacks(), roleName)).to.deep.equal([]);
      });
    }
  }

  const breaks: Readonly<Record<string, (policy: string) => string>> = {
    "an action that AWS does not know": (policy) => policy.replace("s3:PutBucketPolicy", "s3:PutBucketPolicies"),
    "an action of another resource": (policy) => policy.replace("s3:PutBucketPolicy", "iam:CreateUser"),
    "a condition that AWS does not know there": (policy) =>
      // A condition with `IfExists` also holds for a key that the request does not have.
      policy.replace(/("StringEquals":\{)"aws:ResourceTag/, '$1"ec2:ResourceTag'),
  };
  for (const [way, change] of Object.entries(breaks)) {
    it(`detects ${way}`, async () => {
      const stacks = simulatedStacks();
      const name = "ecobeat-staging-deploy-apply-storage-eu-west-1";
      const policy = resources(stacks, "aws_iam_policy").find(({ attributes }) => attributes.name === name)!;
      policy.attributes.policy = change(policy.attributes.policy);
      expect(await findIneffectiveActions(stacks, "ecobeat-staging-deploy-apply-eu-west-1", "-storage-")).to.not.be
        .empty;
    });
  }
});
