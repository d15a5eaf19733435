import { expect } from "chai";
import { environments } from "../../../stacks/environments/index.ts";
import { allStacks } from "../rules/rule.ts";
import { canAssume, dropConditions, type Token } from "./token-trust.ts";

/** What the token of a run says of it. */
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
          expect(await canAssume(allStacks(), roleName, toToken({ ...run, workspace }))).to.equal(true);
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
          expect(await canAssume(allStacks(), roleName, toToken({ ...run, ...claims }))).to.equal(false);
        });
      }

      it("would let strangers in if the conditions were gone", async () => {
        const stacks = allStacks();
        dropConditions(stacks, roleName);
        expect(await canAssume(stacks, roleName, toToken({ ...run, organization: "acme" }))).to.equal(true);
      });
    });
  }
}
