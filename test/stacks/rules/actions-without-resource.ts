import { isWildcardOnlyAction } from "@cloud-copilot/iam-simulate";
import { toFullActions } from "../../../stacks/deploy-permissions/deploy-actions.ts";
import { deployActions } from "../../../stacks/deploy-permissions/deploy-policies.ts";

/** Actions that know a resource and yet are allowed on all, and why. */
const unknownBefore: Readonly<Record<string, string>> = {
  "ec2:CreateNetworkInterface": "asked for before the interface exists",
  "ec2:DeleteNetworkInterface": "of interfaces whose ids Lambda chooses",
  "ec2:AssignPrivateIpAddresses": "of interfaces whose ids Lambda chooses",
  "ec2:UnassignPrivateIpAddresses": "of interfaces whose ids Lambda chooses",
};

const others = [
  "codedeploy:PutLifecycleEventHookExecutionStatus",
  "codedeploy:StopDeployment",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSubnets",
  "sts:GetCallerIdentity",
  "xray:PutTelemetryRecords",
  "xray:PutTraceSegments",
];

const ofDeployRoles = Object.values(deployActions)
  .flatMap((table) => Object.values(table))
  .flatMap(({ read, write }) => [...read, ...write])
  .flatMap(toFullActions);

async function knowNoResource(actions: Iterable<string>): Promise<string[]> {
  const known = await Promise.all(
    [...new Set(actions)].map(async (action) => {
      const [service = "", name = ""] = action.split(":");
      return (await isWildcardOnlyAction(service, name)) ? [action] : [];
    }),
  );
  return known.flat();
}

/** The actions that may be allowed on all resources: according to AWS they have no narrower one, or its name is not known in advance. */
export const actionsWithoutResource: ReadonlySet<string> = new Set([
  ...Object.keys(unknownBefore),
  ...(await knowNoResource([...others, ...ofDeployRoles])),
]);
