import { CreateRoleCommand, GetRolePolicyCommand, IAMClient, ListRolePoliciesCommand } from "@aws-sdk/client-iam";
import { runSimulation } from "@cloud-copilot/iam-simulate";
import { expect } from "chai";
import { revocationPolicy, revokeSessions } from "../../../scripts/credentials/revoke.ts";
import { openEmulatorAccount } from "../../../scripts/drill/emulator-account.ts";
import { expectCode } from "../../support/errors.ts";
import { describeWith } from "../../support/real-services.ts";
import { setVariables } from "../../support/variables.ts";
import { EmulatedAws } from "../release/emulated-aws.ts";
import { expectRefusal, ops } from "../run-ops.ts";

const RoleName = "ecobeat-staging-deploy-apply-eu-west-1";
const everything = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };

describeWith("AWS_ENDPOINT_URL", "ops credentials revoke", () => {
  /** Sends `Date` once, as AWS does; the emulator itself sends it twice. */
  const aws = new EmulatedAws(process.env.AWS_ENDPOINT_URL!);
  let restoreVariables: () => void;
  let iam: IAMClient;

  const revoke = (role: "plan" | "apply" = "apply") => revokeSessions({ environment: "staging", role, yes: true });
  const policy = async () => {
    const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: revocationPolicy }));
    return JSON.parse(decodeURIComponent(PolicyDocument!));
  };
  /** Whether IAM allows an action of a session of the role that began then. */
  const isAllowed = async (issued: Date) => {
    const result = await runSimulation(
      {
        request: {
          principal: `arn:aws:sts::123456789012:assumed-role/${RoleName}/run`,
          action: "lambda:UpdateAlias",
          resource: {
            resource: "arn:aws:lambda:eu-west-1:123456789012:function:ecobeat-staging-api",
            accountId: "123456789012",
          },
          contextVariables: { "aws:TokenIssueTime": issued.toISOString() },
        },
        identityPolicies: [
          { name: "everything", policy: everything },
          { name: revocationPolicy, policy: await policy() },
        ],
        serviceControlPolicies: [],
        resourceControlPolicies: [],
      },
      {},
    );
    if (result.resultType === "error") throw new Error(JSON.stringify(result.errors));
    return result.overallResult === "Allowed";
  };

  before(async () => {
    const account = await openEmulatorAccount(await aws.start(), "eu-west-1");
    restoreVariables = setVariables(account.variables);
    iam = new IAMClient(account.clientConfig);
    await iam.send(
      new CreateRoleCommand({ RoleName, Path: "/deploy/", AssumeRolePolicyDocument: JSON.stringify(everything) }),
    );
  });
  after(() => {
    restoreVariables();
    aws.stop();
  });

  const args = ["credentials", "revoke", "--environment", "staging", "--role", "apply"];

  it("says what it would do, and revokes nothing without the role's name", async () => {
    const planned = await ops([...args, "--dry-run"]);
    expect(planned.code, planned.output).to.equal(0);
    expect(planned.stdout).to.match(new RegExp(`^would revoke the sessions of ${RoleName} from before 20.*Z`));
    const { stdout } = await ops([...args, "--dry-run", "--json"]);
    expect(JSON.parse(stdout)).to.include({ roleName: RoleName, outcome: "would revoke" });
    await expectRefusal(ops(args), `type ${RoleName}, or add --yes`, "[not-confirmed]");
    const { PolicyNames } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
    expect(PolicyNames).to.deep.equal([]);
  });

  it("denies everything to earlier sessions, and nothing to later ones", async () => {
    const started = Date.now();
    const { output } = await ops([...args, "--yes"]);
    expect(output).to.match(new RegExp(`^revoked the sessions of ${RoleName} from before 20.*Z`));
    expect(await isAllowed(new Date(started - 5_000))).to.equal(false);
    expect(await isAllowed(new Date(Date.now() + 1_000))).to.equal(true);
  });

  it("revokes the sessions since the last time when it runs again", async () => {
    const [{ Condition: first }] = (await policy()).Statement;
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await revoke();
    const [{ Condition: second }] = (await policy()).Statement;
    expect(Date.parse(second.DateLessThan["aws:TokenIssueTime"])).to.be.above(
      Date.parse(first.DateLessThan["aws:TokenIssueTime"]),
    );
  });

  it("revokes sessions by AWS's clock, not by a slow one of this machine", async () => {
    const { now } = Date;
    const started = now();
    Date.now = () => now() - 60_000;
    await revoke().finally(() => {
      Date.now = now;
    });
    expect(await isAllowed(new Date(started - 5_000))).to.equal(false);
  });

  it("reports a missing role", async () => {
    const { message } = await expectCode("sessions-not-revoked", () => revoke("plan"));
    expect(message).to.include("ecobeat-staging-deploy-plan-eu-west-1").and.include("administrator");
  });
});
