import { expect } from "chai";
import { environments, getEnvironment, toEnvironments } from "../../stacks/environments/index.ts";
import { production } from "../../stacks/environments/production.ts";
import { staging } from "../../stacks/environments/staging.ts";
import type { Environment } from "../../stacks/environments.ts";
import { expectCode } from "../support/errors.ts";

const { previews, ...withoutPreviews } = staging;
const qa: Environment = {
  ...withoutPreviews,
  name: "qa",
  accountId: "777788889999",
  apiDomain: "api-qa.ecobeat.app",
  network: { ...staging.network, cidr: "10.30.0.0/16" },
  promotedTo: "staging",
};
const all = { staging: { staging }, production: { production } };
const { name: _, ...nameless } = qa;
const { promotedTo: __, ...last } = production;

describe("the files in stacks/environments/", () => {
  it("are environments by the names of the files, each before the one that it is promoted to", () => {
    expect(environments).to.deep.include({ staging, production });
    const all = toEnvironments({ production: { production }, qa: { anything: qa }, staging: { staging } });
    expect(Object.keys(all)).to.deep.equal(["qa", "staging", "production"]);
    expect(all.qa).to.equal(qa);
  });

  for (const [code, modules, part] of [
    ["environment-name-differs", { qa: { staging } }, 'stacks/environments/qa.ts has the name "staging"'],
    ["environment-name-differs", { qa: { nameless } }, "stacks/environments/qa.ts has no name"],
    ["environment-export-missing", { qa: {} }, 'export const qa: Environment = { name: "qa"'],
    ["environment-export-missing", { qa: { qa, staging } }, "stacks/environments/qa.ts"],
    ["environment-name-invalid", { "qa-2": { qa } }, "qa-2.ts"],
    ["environment-name-invalid", { preproduction: { qa } }, "1 to 10"],
    ["environment-name-invalid", { drift: { qa } }, "drift"],
    // Names of previews begin with `ecobeat-pr-`, and all of them have the tag `preview`.
    ["environment-name-invalid", { pr: { qa } }, "pr"],
    ["environment-name-invalid", { preview: { qa } }, "preview"],
    ["environment-previews-shared", { ...all, qa: { a: { ...qa, previews: previews! } } }, '"staging" and "qa"'],
    ["environment-promotion-unknown", { qa: { qa } }, "stacks/environments/staging.ts"],
    [
      "environment-promotion-circular",
      { staging: { staging }, production: { a: { ...last, promotedTo: "staging" } } },
      "staging, production, staging",
    ],
    ["environment-account-shared", { ...all, qa: { a: { ...qa, accountId: staging.accountId } } }, staging.accountId],
    [
      "environment-domain-shared",
      { ...all, qa: { a: { ...qa, apiDomain: production.apiDomain } } },
      '"production" and "qa"',
    ],
    ...["10.20.0.0/16", "10.20.240.0/20", "10.20.0.0/20"].map(
      (cidr) =>
        [
          "environment-network-shared",
          { ...all, qa: { a: { ...qa, network: { ...qa.network, cidr } } } },
          `10.20.0.0/16 and ${cidr}`,
        ] as const,
    ),
  ] as const) {
    it(`are refused with ${code} for ${JSON.stringify(Object.keys(modules))}: ${part}`, async () => {
      expect((await expectCode(code, () => toEnvironments(modules))).message).to.include(part);
    });
  }

  it("have an environment for each name that is asked for, or an error with their names", async () => {
    expect(getEnvironment("staging")).to.equal(staging);
    const { message } = await expectCode("environment-unknown", () => getEnvironment("none"));
    expect(message).to.include(Object.keys(environments).join(", "));
  });
});
