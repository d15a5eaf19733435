import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy/index.js";
import type { Construct } from "constructs";
import { type PolicyStatement, policyDocument } from "../identity/policy-document.ts";
import { LogGroup } from "../observability/log-group.ts";
import { functionStatements } from "./function-permissions.ts";

export interface FunctionRoleProps {
  /** Name of the function and of its role. */
  readonly name: string;
  /** What the function may do beyond writing its log and its traces. */
  readonly permissions: readonly PolicyStatement[];
  /** Whether it is in a VPC. */
  readonly hasInterfaces: boolean;
}

export interface FunctionRole {
  readonly role: IamRole;
  readonly policy: IamRolePolicy;
  readonly log: LogGroup;
}

/**
 * The role of a Lambda function, and the log group that it writes to. They may be there before the
 * function is: whoever must know the role, such as the database, knows it by its name.
 */
export function addFunctionRole(scope: Construct, props: FunctionRoleProps): FunctionRole {
  const { name, permissions } = props;
  const log = new LogGroup(scope, "log", {
    name: `/aws/lambda/${name}`,
    // Those of our own servers, in errors about them. The service logs no client's.
    unmasked: "ip-addresses",
  });
  const role = new IamRole(scope, "role", {
    name,
    assumeRolePolicy: policyDocument({
      sid: "Lambda",
      principals: { Service: "lambda.amazonaws.com" },
      actions: ["sts:AssumeRole"],
    }),
  });
  const policy = new IamRolePolicy(scope, "policy", {
    name: "function",
    role: role.name,
    policy: policyDocument(...functionStatements({ ...props, logGroup: log }), ...permissions),
  });
  return { role, policy, log };
}
