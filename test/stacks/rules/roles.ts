import type { environments } from "../../../stacks/environments.ts";
import type { Attributes, Stacks } from "../../support/synthesize.ts";
import { environmentOf, type Resource, referenced, resources } from "./resources.ts";

/** The policies that a role has, by what is attached to it. */
export const attachedTo = (stacks: Stacks, role: Resource): Attributes[] =>
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
    (phase) => attributes.name === `ecobeat-${environmentOf(stack).name}-deploy-${phase}`,
  );

/** The roles that workflows take, and to whom each is open, by the end of its name. */
export const subjectsOf = ({
  name,
  promotedTo,
}: (typeof environments)["staging"]): Record<string, string> => ({
  release: `environment:${name}`,
  "restore-test": "ref:refs/heads/main",
  ...(promotedTo && { "release-reader": `environment:${promotedTo}` }),
});

/** The task of a workflow's role: the end of its name. */
export const taskOf = ({ stack, attributes }: Resource): string | undefined => {
  const start = `ecobeat-${environmentOf(stack).name}-deploy-`;
  return attributes.path === "/deploy/" && attributes.name.startsWith(start)
    ? attributes.name.slice(start.length)
    : undefined;
};

/** The roles by which workflows release and test backups. */
export const isWorkflowRole = (role: Resource): boolean =>
  (taskOf(role) ?? "") in subjectsOf(environmentOf(role.stack));
