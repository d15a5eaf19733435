import { expect } from "chai";
import { environments } from "../../../stacks/environments/index.ts";
import { supportPolicyName } from "../../../stacks/names.ts";
import type { Attributes } from "../../support/synthesize.ts";
import { changeWhere, getStackEnvironment, resources } from "../rules/resources.ts";
import { allStacks, resourceRule, testRule } from "../rules/rule.ts";

const isOfSupport = ({ name }: Attributes) => /-support-[a-z]+-[a-z]+-\d$/.test(name);

const supportAccess = resourceRule(
  "the policy of support allows calls of the support function by its URL alone, and to find the URL",
  "aws_iam_policy",
  ({ stack, attributes }) => {
    if (!isOfSupport(attributes)) return true;
    const { name, region, accountId } = getStackEnvironment(stack);
    const Resource = [`arn:aws:lambda:${region}:${accountId}:function:ecobeat-${name}-support`];
    const { Statement } = JSON.parse(attributes.policy);
    const expected = [
      { Action: ["lambda:GetFunctionUrlConfig"] },
      {
        Action: ["lambda:InvokeFunctionUrl"],
        Condition: { StringEquals: { "lambda:FunctionUrlAuthType": "AWS_IAM" } },
      },
      { Action: ["lambda:InvokeFunction"], Condition: { Bool: { "lambda:InvokedViaFunctionUrl": "true" } } },
    ].map(({ Action, ...condition }) => ({ Effect: "Allow", Action, Resource, ...condition }));
    return (
      JSON.stringify(Statement.map(({ Sid: _, ...statement }: Attributes) => statement)) === JSON.stringify(expected)
    );
  },
);

describe("the access of support", () => {
  const change = (from: string | RegExp, to: string) =>
    changeWhere(
      "aws_iam_policy",
      ({ attributes }) => isOfSupport(attributes),
      (attributes) => {
        attributes.policy = attributes.policy.replace(from, to);
      },
    );

  testRule(supportAccess, {
    "an invocation without the URL, which could claim to be from anyone": change(/,"Condition":\{"Bool":.*?\}\}/, ""),
    "another function": change(/function:ecobeat-\w+-support/, "function:*"),
    "a change of the function": change("lambda:GetFunctionUrlConfig", "lambda:UpdateFunctionCode"),
  });

  it("is a policy of each environment, by the name that the command tells", () => {
    const names = resources(allStacks(), "aws_iam_policy").map(({ attributes }) => attributes.name);
    expect(names).to.include.members(Object.values(environments).map(supportPolicyName));
  });
});
