import { expect } from "chai";
import { environments } from "../../../stacks/environments/index.ts";
import { resources } from "../rules/resources.ts";
import { allStacks } from "../rules/rule.ts";
import { deniedToDump, deniedToRestoreTest, dumpRequests, findDatabase, restoreTestRequests } from "./dump-requests.ts";
import { EnvironmentNames } from "./environment-names.ts";
import {
  deniedToFunctions,
  deniedToService,
  serviceRequests,
  signingByNonSigner,
  signingRequest,
} from "./function-requests.ts";
import { deniedToMailSender, mailSenderRequests } from "./mail-requests.ts";
import {
  codeDeployRequests,
  deniedToCodeDeploy,
  deniedToPreTraffic,
  deniedToSmokeTest,
  preTrafficRequests,
  smokeTestRequests,
} from "./release-requests.ts";
import { itAllows, itDenies } from "./request-tests.ts";
import { type DeniedRequest, type NamedRequest, ungranted } from "./requests.ts";

type Permissions = readonly [allowed: readonly NamedRequest[], denied: readonly DeniedRequest[]];

const toPermissions = (names: EnvironmentNames): Readonly<Record<string, Permissions>> => ({
  auth: [
    [...serviceRequests(names, "auth"), signingRequest(names)],
    [...deniedToFunctions(names, "auth"), ...deniedToService(names)],
  ],
  api: [
    serviceRequests(names, "api"),
    [...deniedToFunctions(names, "api"), ...deniedToService(names), signingByNonSigner(names)],
  ],
  support: [
    serviceRequests(names, "support").filter(({ action }) => action !== "kms:GetPublicKey"),
    [
      ...deniedToFunctions(names, "support"),
      ...deniedToService(names),
      signingByNonSigner(names),
      ungranted("read the public key of tokens", "kms:GetPublicKey", names.key("signing-key")),
    ],
  ],
  dump: [dumpRequests(names), [...deniedToFunctions(names, "dump"), ...deniedToDump(names)]],
  "restore-test": [
    restoreTestRequests(names),
    [...deniedToFunctions(names, "restore-test"), ...deniedToRestoreTest(names)],
  ],
  // It finds the database, and may do even less with the backup bucket than the dump.
  migrate: [[findDatabase(names)], [...deniedToFunctions(names, "migrate"), ...deniedToDump(names)]],
  "pre-traffic": [
    preTrafficRequests(names),
    [
      // It is not in the VPC.
      ...deniedToFunctions(names, "pre-traffic").filter(({ name }) => !name.includes("network interfaces")),
      ...deniedToPreTraffic(names),
    ],
  ],
  "mail-sender": [
    mailSenderRequests(names),
    [
      ...deniedToFunctions(names, "mail-sender").filter(({ name }) => !name.includes("network interfaces")),
      ...deniedToMailSender(names),
    ],
  ],
  "smoke-test": [
    smokeTestRequests(names),
    [
      ...deniedToFunctions(names, "smoke-test").filter(({ name }) => !name.includes("network interfaces")),
      ...deniedToSmokeTest(names),
    ],
  ],
});

describe("IAM and the functions", () => {
  const roles: string[] = [];

  for (const environment of Object.values(environments)) {
    const names = new EnvironmentNames(environment);
    for (const [id, [allowed, deniedRequests]] of Object.entries(toPermissions(names))) {
      roles.push(names.roleName(id));
      describe(names.roleName(id), () => {
        itAllows(names.roleName(id), ...allowed);
        itDenies(names.roleName(id), ...deniedRequests);
      });
    }
    describe(names.roleName("code-deploy"), () => {
      itAllows(names.roleName("code-deploy"), ...codeDeployRequests(names));
      itDenies(names.roleName("code-deploy"), ...deniedToCodeDeploy(names));
    });
  }

  it("are all tested above: Lambda can assume no other role", () => {
    const assumable = resources(allStacks(), "aws_iam_role")
      .filter(({ attributes }) => attributes.assume_role_policy.includes('"lambda.amazonaws.com"'))
      .map(({ attributes }) => attributes.name);
    expect(assumable).to.have.members(roles);
  });
});
