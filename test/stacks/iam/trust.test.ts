import { runSimulation } from "@cloud-copilot/iam-simulate";
import { expect } from "chai";
import { environments } from "../../../stacks/environments.ts";
import type { Stacks } from "../../support/synthesize.ts";
import { resources } from "../rules/resources.ts";
import { allStacks } from "../rules/rule.ts";
import { arnOf, concrete } from "./concrete.ts";

/** What the token of a run says of it. */
interface Claims {
  readonly issuer: string;
  readonly audience: string;
  readonly organization: string;
  readonly project: string;
  readonly workspace: string;
  readonly phase: string;
}

/** The simulator knows the claims of certain issuers alone. Ours stands under the name of one of them. */
const known = (text: string): string => text.replaceAll("app.terraform.io", "accounts.google.com");

/** Whether a run with such a token may take a role. */
async function takes(stacks: Stacks, roleName: string, claims: Claims): Promise<boolean> {
  const role = resources(concrete(stacks), "aws_iam_role").find(
    ({ attributes }) => attributes.name === roleName,
  )!;
  const [, account = ""] = /::(\d+):/.exec(arnOf(role))!;
  const { issuer, audience, organization, project, workspace, phase } = claims;
  const result = await runSimulation(
    {
      request: {
        principal: known(`arn:aws:iam::${account}:oidc-provider/${issuer}`),
        action: "sts:AssumeRoleWithWebIdentity",
        resource: { resource: arnOf(role), accountId: account },
        contextVariables: {
          [known(`${issuer}:aud`)]: audience,
          [known(`${issuer}:sub`)]:
            `organization:${organization}:project:${project}:workspace:${workspace}:run_phase:${phase}`,
        },
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

for (const { name } of Object.values(environments)) {
  const other = Object.keys(environments).find((each) => each !== name);

  for (const phase of ["plan", "apply"]) {
    const roleName = `ecobeat-${name}-deploy-${phase}`;
    const run = {
      issuer: "app.terraform.io",
      audience: "aws.workload.identity",
      organization: "ecobeat",
      project: `ecobeat-${name}`,
      workspace: `ecobeat-${name}-service`,
      phase,
    };

    describe(`IAM and who takes ${roleName}`, () => {
      for (const workspace of Object.keys(allStacks()).filter((each) =>
        each.startsWith(`ecobeat-${name}-`),
      )) {
        it(`lets in a run of ${workspace} that is to ${phase}`, async () => {
          expect(await takes(allStacks(), roleName, { ...run, workspace })).to.equal(true);
        });
      }

      const strangers: Readonly<Record<string, Partial<Claims>>> = {
        "another organization": { organization: "acme" },
        "another organization whose name begins alike": { organization: "ecobeat:project" },
        "another project": { project: `ecobeat-${other}` },
        "another workspace": { workspace: `ecobeat-${name}-trial` },
        "the same stack of the other environment": {
          project: `ecobeat-${other}`,
          workspace: `ecobeat-${other}-service`,
        },
        "the other phase": { phase: phase === "plan" ? "apply" : "plan" },
        "another audience": { audience: "sts.amazonaws.com" },
        "another issuer": { issuer: "terraform.example.com" },
      };
      for (const [way, claims] of Object.entries(strangers)) {
        it(`refuses a token of ${way}`, async () => {
          expect(await takes(allStacks(), roleName, { ...run, ...claims })).to.equal(false);
        });
      }

      it("would let strangers in if the conditions were gone", async () => {
        const stacks = allStacks();
        const role = resources(stacks, "aws_iam_role").find(
          ({ attributes }) => attributes.name === roleName,
        )!;
        const document = JSON.parse(role.attributes.assume_role_policy);
        delete document.Statement[0].Condition;
        role.attributes.assume_role_policy = JSON.stringify(document);
        expect(await takes(stacks, roleName, { ...run, organization: "acme" })).to.equal(true);
      });
    });
  }
}
