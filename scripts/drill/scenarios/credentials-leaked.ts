import { IAM } from "@aws-sdk/client-iam";
import { toNamePrefix } from "../../../service/contract.ts";
import { getEnvironment } from "../../../stacks/environments/index.ts";
import { toDeployRoleName } from "../../../stacks/names.ts";
import { revocationPolicy } from "../../credentials/revoke.ts";
import { deployRoles } from "../../credentials/roles.ts";
import { errorsPage } from "../alarm-route.ts";
import type { Check } from "../checks.ts";
import type { Drill } from "../drill.ts";
import { createRole } from "../emulator-account.ts";
import type { Scenario } from "../run-scenario.ts";

/** An attacker with a session of the apply role makes the API unavailable. */
export const credentialsLeaked: Scenario = {
  name: "credentials-leaked",
  title: "An attacker has a session of the apply role",
  alarm: errorsPage.alarm,
  route: [
    { name: "high-errors", steps: [] },
    { name: "throttling", steps: [], decided: { USERS: "10000" } },
  ],
  practice: {
    message: errorsPage.message,
    observations: [
      `Mailbox: a ticket of the alarm ${toNamePrefix("<environment>")}-api-throttles.`,
      "The app has 10,000 monthly users.",
      "Dashboard: since <since> all requests to `api` throttle. The number of requests is as usual. WAF blocks none.",
      "Your AWS user is `drill`. The emulator does not name its role: it is an administrator.",
      "HCP Terraform and GitHub: only known users. Tokens, workspaces and workflows: as you leave them.",
      "CloudTrail: a session of the apply role that no one knows called `PutFunctionConcurrency` at <since>.",
      "Deployments: each plan is empty, and succeeds.",
    ],
  },
  runbook: "leaked-credentials",
  async run(drill) {
    const { environment, region } = drill.localEnvironment;
    const { account, functions } = region;
    for (const role of deployRoles) {
      await createRole(account, toDeployRoleName(getEnvironment(environment), role), "/deploy/");
    }
    await drill.keepWriting();
    await drill.causeDisaster("the API is throttled to 0", () => functions.setConcurrency("api", 0));
    await drill.detect();
    await drill.followRunbook("leaked-credentials", { steps: [1, 2, 4, 5] });
    await drill.verifyRecovery(() => Promise.all(deployRoles.map((role) => checkRevocation(drill, role))));
  },
};

async function checkRevocation({ localEnvironment, milestones }: Drill, role: string): Promise<Check> {
  const { PolicyDocument } = await new IAM(localEnvironment.region.account.clientConfig).getRolePolicy({
    RoleName: toDeployRoleName(getEnvironment(localEnvironment.environment), role),
    PolicyName: revocationPolicy,
  });
  const [{ Effect, Condition }] = JSON.parse(decodeURIComponent(PolicyDocument!)).Statement;
  const before: string = Condition.DateLessThan["aws:TokenIssueTime"];
  const time = Date.parse(before);
  return {
    name: `sessions of the ${role} role from before the disaster are revoked, later ones are not`,
    passed: Effect === "Deny" && time > milestones.disasterAt! && time <= Date.now(),
    detail: `denied are sessions from before ${before}`,
  };
}
