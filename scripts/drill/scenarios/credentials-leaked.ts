import { CreateRoleCommand, GetRolePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import { environments } from "../../../stacks/environments.ts";
import { revocationPolicy } from "../../credentials/revoke.ts";
import { deployRoles } from "../../credentials/roles.ts";
import type { Check } from "../checks.ts";
import type { Drill } from "../drill.ts";
import type { Scenario } from "../run-scenario.ts";

/** Policies of the emulator's roles. It keeps them and refuses nobody: that the policy works is what simulations test. */
const everything = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*", Principal: "*" }],
});

/** Somebody with a session of the apply role takes the API away from its users. */
export const credentialsLeaked: Scenario = {
  name: "credentials-leaked",
  title: "A session of the apply role is in other hands",
  runbook: "leaked-credentials",
  async run(drill) {
    const { environment, region } = drill.localEnvironment;
    const { account, functions } = region;
    const iam = new IAMClient(account.clientConfig);
    for (const role of deployRoles) {
      await iam.send(
        new CreateRoleCommand({
          RoleName: `ecobeat-${environment}-deploy-${role}`,
          Path: "/deploy/",
          AssumeRolePolicyDocument: everything,
        }),
      );
    }
    await drill.keepWriting();
    await drill.causeDisaster("the API answers nobody", () => functions.setConcurrency("api", 0));
    await drill.detect();
    await drill.followRunbook("leaked-credentials", {}, [1, 3, 4]);
    const { api } = environments[environment].functions.reservedConcurrency;
    await drill.measure("the service is deployed", () => functions.setConcurrency("api", api));
    await drill.verifyRecovery(async () => Promise.all(deployRoles.map((role) => revoked(iam, drill, role))));
  },
};

async function revoked(
  iam: IAMClient,
  { localEnvironment, milestones }: Drill,
  role: string,
): Promise<Check> {
  const { PolicyDocument } = await iam.send(
    new GetRolePolicyCommand({
      RoleName: `ecobeat-${localEnvironment.environment}-deploy-${role}`,
      PolicyName: revocationPolicy,
    }),
  );
  const policy = JSON.parse(decodeURIComponent(PolicyDocument!));
  const before = policy.Statement[0].Condition.DateLessThan["aws:TokenIssueTime"];
  const time = Date.parse(before);
  return {
    name: `sessions of the ${role} role from before the disaster are ended, later ones are not`,
    passed: policy.Statement[0].Effect === "Deny" && time > milestones.disasterAt! && time <= Date.now(),
    detail: `refused are those from before ${before}`,
  };
}
