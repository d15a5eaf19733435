import { runSimulation } from "@cloud-copilot/iam-simulate";
import type { Stacks } from "../../support/synthesize.ts";
import { resources } from "../rules/resources.ts";
import { arnOf, concrete } from "./resolve-references.ts";

/** What a token says of who has it. */
export interface Token {
  /** Host of who gave it out. */
  readonly issuer: string;
  readonly audience: string;
  readonly subject: string;
}

/** The simulator knows the claims of certain issuers alone. Ours stand under the name of one of them. */
const known = (text: string): string =>
  text.replaceAll(/app\.terraform\.io|token\.actions\.githubusercontent\.com/g, "accounts.google.com");

/** Whether somebody with a token may take a role. */
export async function takes(stacks: Stacks, roleName: string, token: Token): Promise<boolean> {
  const role = roleNamed(concrete(stacks), roleName);
  const [, account = ""] = /::(\d+):/.exec(arnOf(role))!;
  const { issuer, audience, subject } = token;
  const result = await runSimulation(
    {
      request: {
        principal: known(`arn:aws:iam::${account}:oidc-provider/${issuer}`),
        action: "sts:AssumeRoleWithWebIdentity",
        resource: { resource: arnOf(role), accountId: account },
        contextVariables: { [known(`${issuer}:aud`)]: audience, [known(`${issuer}:sub`)]: subject },
      },
      identityPolicies: [],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: JSON.parse(known(role.attributes.assume_role_policy)),
    },
    {},
  );
  if (result.resultType === "error") throw new Error(JSON.stringify(result.errors));
  return result.overallResult === "Allowed";
}

/** Has a role be taken by whoever has a token of its issuer. */
export function dropConditions(stacks: Stacks, roleName: string): void {
  const { attributes } = roleNamed(stacks, roleName);
  const document = JSON.parse(attributes.assume_role_policy);
  delete document.Statement[0].Condition;
  attributes.assume_role_policy = JSON.stringify(document);
}

const roleNamed = (stacks: Stacks, name: string) =>
  resources(stacks, "aws_iam_role").find(({ attributes }) => attributes.name === name)!;
