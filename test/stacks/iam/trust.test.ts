import { runSimulation } from "@cloud-copilot/iam-simulate";
import { expect } from "chai";
import { gitHubRepository } from "../../../service/company.ts";
import { environments } from "../../../stacks/environments/index.ts";
import type { Stacks } from "../../support/synthesize.ts";
import { getWorkflowSubjects } from "../rules/roles.ts";
import { getArn } from "./resolve-references.ts";
import { findRole, simulatedStacks } from "./simulation.ts";

const assume = "sts:AssumeRoleWithWebIdentity";

/** The claims of a token. */
interface Token {
  /** Host of the issuer. */
  readonly issuer: string;
  readonly audience: string;
  readonly subject: string;
}

/** The simulator supports only certain issuers. It sees our issuers by the name of one of these. */
const toKnownIssuer = (text: string): string =>
  text.replaceAll(/app\.terraform\.io|token\.actions\.githubusercontent\.com/g, "accounts.google.com");

async function canAssume(stacks: Stacks, roleName: string, token: Token): Promise<boolean> {
  const role = findRole(stacks, roleName);
  const [, accountId = ""] = /::(\d+):/.exec(getArn(role))!;
  const { issuer, audience, subject } = token;
  const result = await runSimulation(
    {
      request: {
        principal: toKnownIssuer(`arn:aws:iam::${accountId}:oidc-provider/${issuer}`),
        action: assume,
        resource: { resource: getArn(role), accountId },
        contextVariables: { [toKnownIssuer(`${issuer}:aud`)]: audience, [toKnownIssuer(`${issuer}:sub`)]: subject },
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

/** Tests that a role accepts tokens of some subjects, and no other tokens. */
function itTrusts(
  roleName: string,
  token: Omit<Token, "subject">,
  subjects: readonly string[],
  others: Readonly<Record<string, Partial<Token>>>,
): void {
  const [own] = subjects as [string];

  describe(`IAM and the trust policy of ${roleName}`, () => {
    for (const subject of subjects) {
      it(`accepts ${subject}`, async () => {
        expect(await canAssume(simulatedStacks(), roleName, { ...token, subject })).to.equal(true);
      });
    }
    for (const [title, claims] of Object.entries(others)) {
      it(`rejects a token of ${title}`, async () => {
        const other = { ...token, subject: own, ...claims };
        expect(await canAssume(simulatedStacks(), roleName, other)).to.equal(false);
      });
    }
    it("compares audience and subject exactly, and would accept any subject without that", async () => {
      const stacks = simulatedStacks();
      const { attributes } = findRole(stacks, roleName);
      const document = JSON.parse(attributes.assume_role_policy);
      const [{ Action, Condition }, ...others] = document.Statement;
      expect([Action, Object.keys(Condition), others]).to.deep.equal([[assume], ["StringEquals"], []]);
      delete document.Statement[0].Condition;
      attributes.assume_role_policy = JSON.stringify(document);
      expect(await canAssume(stacks, roleName, { ...token, subject: "another" })).to.equal(true);
    });
  });
}

for (const environment of Object.values(environments)) {
  const { name, region } = environment;
  const other = Object.keys(environments).find((each) => each !== name)!;
  const stackNames = Object.keys(simulatedStacks()).filter((each) => each.startsWith(`ecobeat-${name}-`));

  for (const phase of ["plan", "apply"]) {
    const toSubject = (claims: Readonly<Record<string, string>> = {}) => {
      const run = { organization: "ecobeat", project: `ecobeat-${name}`, workspace: stackNames[0]!, phase };
      const { organization, project, workspace, phase: runPhase } = { ...run, ...claims };
      return `organization:${organization}:project:${project}:workspace:${workspace}:run_phase:${runPhase}`;
    };
    itTrusts(
      `ecobeat-${name}-deploy-${phase}-${region}`,
      { issuer: "app.terraform.io", audience: "aws.workload.identity" },
      stackNames.map((workspace) => toSubject({ workspace })),
      {
        "another organization": { subject: toSubject({ organization: "acme" }) },
        "another organization whose name begins alike": { subject: toSubject({ organization: "ecobeat:project" }) },
        "another project": { subject: toSubject({ project: `ecobeat-${other}` }) },
        "another workspace": { subject: toSubject({ workspace: `ecobeat-${name}-trial` }) },
        "the same stack of the other environment": {
          subject: toSubject({ project: `ecobeat-${other}`, workspace: `ecobeat-${other}-service` }),
        },
        "the other phase": { subject: toSubject({ phase: phase === "plan" ? "apply" : "plan" }) },
        "another audience": { audience: "sts.amazonaws.com" },
        "another issuer": { issuer: "terraform.example.com" },
      },
    );
  }

  for (const [task, ends] of Object.entries(getWorkflowSubjects(environment))) {
    const subjects = ends.map((end) => `repo:${gitHubRepository}:${end}`);
    const subject = subjects[0]!;
    itTrusts(
      `ecobeat-${name}-deploy-${task}-${region}`,
      { issuer: "token.actions.githubusercontent.com", audience: "sts.amazonaws.com" },
      subjects,
      {
        "a pull request": { subject: `repo:${gitHubRepository}:pull_request` },
        "another branch": { subject: `repo:${gitHubRepository}:ref:refs/heads/trial` },
        "a tag that is named like the branch": { subject: `repo:${gitHubRepository}:ref:refs/tags/main` },
        "an environment whose name begins alike": { subject: `${subject}-trial` },
        "a repository of the same owner": { subject: subject.replace("/platform@222222", "/mobile@333333") },
        "the names without the ids": { subject: subject.replaceAll(/@\d+/g, "") },
        "a later owner of the names": { subject: subject.replaceAll(/@\d/g, "@9") },
        ...(task.startsWith("release") &&
          task !== "release-reader" && { "the other environment's job": { subject: subject.replace(name, other) } }),
        ...(task === "release" && { "a job that may override alarms": { subject: `${subject}-override` } }),
        ...(task === "release-override" && {
          "a job that needs no reviewers": { subject: subject.replace("-override", "") },
        }),
        "another audience": { audience: "https://github.com/ecobeat" },
        "another issuer": { issuer: "token.example.com" },
      },
    );
  }
}
