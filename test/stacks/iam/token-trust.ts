import { runSimulation } from "@cloud-copilot/iam-simulate";
import type { Stacks } from "../../support/synthesize.ts";
import { resources } from "../rules/resources.ts";
import { getArn, resolveReferences } from "./resolve-references.ts";

/** The claims of a token. */
export interface Token {
  /** Host of the issuer. */
  readonly issuer: string;
  readonly audience: string;
  readonly subject: string;
}

/** The simulator supports only certain issuers. It sees our issuers by the name of one of these. */
const toKnownIssuer = (text: string): string =>
  text.replaceAll(/app\.terraform\.io|token\.actions\.githubusercontent\.com/g, "accounts.google.com");

/** Whether a token may assume a role. */
export async function canAssume(stacks: Stacks, roleName: string, token: Token): Promise<boolean> {
  const role = findRole(resolveReferences(stacks), roleName);
  const [, account = ""] = /::(\d+):/.exec(getArn(role))!;
  const { issuer, audience, subject } = token;
  const result = await runSimulation(
    {
      request: {
        principal: toKnownIssuer(`arn:aws:iam::${account}:oidc-provider/${issuer}`),
        action: "sts:AssumeRoleWithWebIdentity",
        resource: { resource: getArn(role), accountId: account },
        contextVariables: {
          [toKnownIssuer(`${issuer}:aud`)]: audience,
          [toKnownIssuer(`${issuer}:sub`)]: subject,
        },
      },
      identityPolicies: [],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: JSON.parse(toKnownIssuer(role.attributes.assume_role_policy)),
    },
    {},
  );
  if (result.resultType === "error") throw new Error(JSON.stringify(result.errors));
  return result.overallResult === "Allowed";
}

/** Makes a role accept every token of its issuer. */
export function dropConditions(stacks: Stacks, roleName: string): void {
  const { attributes } = findRole(stacks, roleName);
  const document = JSON.parse(attributes.assume_role_policy);
  delete document.Statement[0].Condition;
  attributes.assume_role_policy = JSON.stringify(document);
}

const findRole = (stacks: Stacks, name: string) =>
  resources(stacks, "aws_iam_role").find(({ attributes }) => attributes.name === name)!;
