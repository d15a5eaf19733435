import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy/index.js";
import type { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { type PolicyStatement, policyDocument } from "./policy-document.ts";

export interface ServiceRoleProps {
  /** Without the region, which IAM's names end with. */
  readonly name: string;
  /** @default none */
  readonly description?: string;
  /** Who may assume the role, and under which conditions. */
  readonly trust: Omit<PolicyStatement, "actions">;
  readonly policyName: string;
  readonly permissions: readonly PolicyStatement[];
}

export interface ServiceRole {
  readonly role: IamRole;
  /** AWS services test a role when it is attached: what uses the role must depend on its policy. */
  readonly policy: IamRolePolicy;
}

/** Adds a role that an AWS service or another account assumes, with one inline policy. */
export function addServiceRole(scope: Construct, props: ServiceRoleProps): ServiceRole {
  const { name, description, trust, policyName, permissions } = props;
  const role = new IamRole(scope, "role", {
    name: EcobeatStack.of(scope).toGlobalName(name),
    ...(description && { description }),
    assumeRolePolicy: policyDocument({ ...trust, actions: ["sts:AssumeRole"] }),
  });
  const policy = new IamRolePolicy(scope, "policy", {
    name: policyName,
    role: role.name,
    policy: policyDocument(...permissions),
  });
  return { role, policy };
}
