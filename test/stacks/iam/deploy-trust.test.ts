import { expect } from "chai";
import { environments } from "../../../stacks/environments/index.ts";
import { allStacks } from "../rules/rule.ts";
import { canAssume, dropConditions, type Token } from "./token-trust.ts";

/** The claims of a run's token. */
interface Claims extends Omit<Token, "subject"> {
  readonly organization: string;
  readonly project: string;
  readonly workspace: string;
  readonly phase: string;
}

const toToken = ({ issuer, audience, organization, project, workspace, phase }: Claims): Token => ({
  issuer,
  audience,
  subject: `organization:${organization}:project:${project}:workspace:${workspace}:run_phase:${phase}`,
});

for (const { name, region } of Object.values(environments)) {
  const other = Object.keys(environments).find((each) => each !== name);

  for (const phase of ["plan", "apply"]) {
    const roleName = `ecobeat-${name}-deploy-${phase}-${region}`;
    const run = {
      issuer: "app.terraform.io",
      audience: "aws.workload.identity",
      organization: "ecobeat",
      project: `ecobeat-${name}`,
      workspace: `ecobeat-${name}-service`,
      phase,
    };

    describe(`IAM and the trust policy of ${roleName}`, () => {
      for (const workspace of Object.keys(allStacks()).filter((each) =>
        each.startsWith(`ecobeat-${name}-`),
      )) {
        it(`accepts a run of ${workspace} that is to ${phase}`, async () => {
          expect(await canAssume(allStacks(), roleName, toToken({ ...run, workspace }))).to.equal(true);
        });
      }

      const otherTokens: Readonly<Record<string, Partial<Claims>>> = {
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
      for (const [way, claims] of Object.entries(otherTokens)) {
        it(`rejects a token of ${way}`, async () => {
          expect(await canAssume(allStacks(), roleName, toToken({ ...run, ...claims }))).to.equal(false);
        });
      }

      it("accepts other tokens without the conditions", async () => {
        const stacks = allStacks();
        dropConditions(stacks, roleName);
        expect(await canAssume(stacks, roleName, toToken({ ...run, organization: "acme" }))).to.equal(true);
      });
    });
  }
}
