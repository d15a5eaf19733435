import { expect } from "chai";
import { environments } from "../../../stacks/environments/index.ts";
import { gitHubRepository } from "../../../stacks/environments/shared.ts";
import { allStacks } from "../rules/rule.ts";
import { canAssume, dropConditions, type Token } from "./token-trust.ts";

const toOtherTokens = (subject: string): Readonly<Record<string, Partial<Token>>> => ({
  "a pull request": { subject: `repo:${gitHubRepository}:pull_request` },
  "another branch": { subject: `repo:${gitHubRepository}:ref:refs/heads/trial` },
  "a tag that is named like the branch": { subject: `repo:${gitHubRepository}:ref:refs/tags/main` },
  "an environment whose name begins alike": { subject: `${subject}-trial` },
  "a repository of the same owner": { subject: subject.replace("/platform@222222", "/mobile@333333") },
  "the names without the ids": { subject: subject.replaceAll(/@\d+/g, "") },
  "a later owner of the names": { subject: subject.replaceAll(/@\d/g, "@9") },
  "another audience": { audience: "https://github.com/ecobeat" },
  "another issuer": { issuer: "token.example.com" },
});

for (const { name, region, promotedTo } of Object.values(environments)) {
  const other = Object.keys(environments).find((each) => each !== name);
  for (const [task, subject] of [
    ["release", `environment:${name}`],
    ["restore-test", "ref:refs/heads/main"],
    ...(promotedTo ? ([["release-reader", `environment:${promotedTo}`]] as const) : []),
  ] as const) {
    const roleName = `ecobeat-${name}-deploy-${task}-${region}`;
    const job: Token = {
      issuer: "token.actions.githubusercontent.com",
      audience: "sts.amazonaws.com",
      subject: `repo:${gitHubRepository}:${subject}`,
    };

    describe(`IAM and the trust policy of ${roleName}`, () => {
      it("accepts its job", async () => {
        expect(await canAssume(allStacks(), roleName, job)).to.equal(true);
      });

      const wrong = {
        ...toOtherTokens(job.subject),
        ...(task === "release" && {
          "the other environment's job": { subject: `repo:${gitHubRepository}:environment:${other}` },
        }),
      };
      for (const [way, claims] of Object.entries(wrong)) {
        it(`rejects a token of ${way}`, async () => {
          expect(await canAssume(allStacks(), roleName, { ...job, ...claims })).to.equal(false);
        });
      }

      it("accepts other tokens without the conditions", async () => {
        const stacks = allStacks();
        dropConditions(stacks, roleName);
        expect(await canAssume(stacks, roleName, { ...job, subject: "repo:acme/platform" })).to.equal(true);
      });
    });
  }
}
