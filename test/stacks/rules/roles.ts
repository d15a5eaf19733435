import type { environments } from "../../../stacks/environments/index.ts";
import type { Attributes, Stacks } from "../../support/synthesize.ts";
import { getEnvironment, type Resource, referenced, resources } from "./resources.ts";

/** The policies that a role has, by what is attached to it. */
export const getAttachedPolicies = (stacks: Stacks, role: Resource): Attributes[] =>
  resources(stacks, "aws_iam_role_policy_attachment")
    .filter(
      ({ stack, attributes }) =>
        stack === role.stack && referenced(stacks, stack, attributes.role)?.id === role.id,
    )
    .flatMap(({ stack, attributes }) => referenced(stacks, stack, attributes.policy_arn)?.attributes ?? []);

/** The roles by which Terraform deploys, which make roles and so stand outside the boundary. */
export const isDeployRole = ({ attributes, stack }: Resource): boolean =>
  attributes.path === "/deploy/" &&
  ["plan", "apply"].some(
    (phase) => attributes.name === `ecobeat-${getEnvironment(stack).name}-deploy-${phase}`,
  );

/** The roles that workflows take, and to whom each is open, by the end of its name. */
export const getWorkflowSubjects = ({
  name,
  promotedTo,
}: (typeof environments)["staging"]): Record<string, string> => ({
  release: `environment:${name}`,
  "restore-test": "ref:refs/heads/main",
  ...(promotedTo && { "release-reader": `environment:${promotedTo}` }),
});

/** The task of a workflow's role: the end of its name. */
export const getWorkflowTask = ({ stack, attributes }: Resource): string | undefined => {
  const start = `ecobeat-${getEnvironment(stack).name}-deploy-`;
  return attributes.path === "/deploy/" && attributes.name.startsWith(start)
    ? attributes.name.slice(start.length)
    : undefined;
};

/** The roles by which workflows release and test backups. */
export const isWorkflowRole = (role: Resource): boolean =>
  (getWorkflowTask(role) ?? "") in getWorkflowSubjects(getEnvironment(role.stack));
