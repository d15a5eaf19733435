import type { Environment } from "../../../stacks/environments.ts";
import { toDeployRoleName, toGlobalName } from "../../../stacks/names.ts";
import type { Attributes, Stacks } from "../../support/synthesize.ts";
import { getStackEnvironment, type Resource, referenced, resources } from "./resources.ts";

/** The managed policies that are attached to a role. */
export const getAttachedPolicies = (stacks: Stacks, role: Resource): Attributes[] =>
  resources(stacks, "aws_iam_role_policy_attachment")
    .filter(
      ({ stack, attributes }) => stack === role.stack && referenced(stacks, stack, attributes.role)?.id === role.id,
    )
    .flatMap(({ stack, attributes }) => referenced(stacks, stack, attributes.policy_arn)?.attributes ?? []);

const hasDeployRoleName = ({ attributes, stack }: Resource, names: readonly string[]): boolean =>
  attributes.path === "/deploy/" &&
  names.some((name) => attributes.name === toDeployRoleName(getStackEnvironment(stack), name));

/** The roles by which Terraform deploys. They create roles, and so have no boundary. */
export const isDeployRole = (role: Resource): boolean => hasDeployRoleName(role, ["plan", "apply"]);

/** The tasks of workflows, each with the subjects that may assume its role. */
export const getWorkflowSubjects = ({
  name,
  promotedTo,
  previews,
}: Environment): Record<string, readonly string[]> => ({
  release: [`environment:${name}`],
  "release-override": [`environment:${name}-override`],
  "restore-test": ["ref:refs/heads/main"],
  ...(previews && { preview: ["environment:preview", "environment:preview-clean"] }),
  ...(promotedTo && { "release-reader": [`environment:${promotedTo}`, `environment:${promotedTo}-override`] }),
});

/** The task of a workflow's role; undefined for other roles. */
export const getWorkflowTask = (role: Resource): string | undefined =>
  Object.keys(getWorkflowSubjects(getStackEnvironment(role.stack))).find((task) => hasDeployRoleName(role, [task]));

/** The roles by which workflows release and test backups. */
export const isWorkflowRole = (role: Resource): boolean => getWorkflowTask(role) !== undefined;

/** Whether a policy is the boundary of the previews in its environment. */
export const isPreviewBoundary = ({ type, stack, attributes }: Resource): boolean => {
  const environment = getStackEnvironment(stack);
  const name = toGlobalName(`ecobeat-${environment.name}-preview-boundary`, environment);
  return type === "aws_iam_policy" && environment.previews !== undefined && attributes.name === name;
};

/** Whether a policy is the boundary of its environment, which limits and grants nothing. */
export const isBoundary = ({ type, stack, attributes }: Resource): boolean => {
  const environment = getStackEnvironment(stack);
  const name = toGlobalName(`ecobeat-${environment.name}-boundary`, environment);
  return type === "aws_iam_policy" && attributes.name === name;
};
