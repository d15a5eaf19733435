import { parse } from "yaml";
import { gitHubRepository } from "../../service/company.ts";
import { getArn } from "../stacks/iam/resolve-references.ts";
import { simulatedStacks } from "../stacks/iam/simulation.ts";
import { getStackEnvironment, resources } from "../stacks/rules/resources.ts";
import { type Actions, expandActions } from "./actions.ts";
import { assumesRole } from "./rules.ts";
import type { Workflow } from "./workflow.ts";

/** Problems with the roles that a workflow's jobs assume: the stacks must create each one for exactly that job. */
export function checkRoles(text: string, actions: Actions): string[] {
  const { on, jobs } = expandActions(parse(text) as Workflow, actions);
  const roles = new Map(
    resources(simulatedStacks(), "aws_iam_role").map((role) => [
      getArn(role),
      {
        region: getStackEnvironment(role.stack).region,
        subjects: [
          JSON.parse(role.attributes.assume_role_policy).Statement[0].Condition?.StringEquals?.[
            "token.actions.githubusercontent.com:sub"
          ] ?? [],
        ].flat(),
      },
    ]),
  );
  return Object.entries(jobs).flatMap(([name, job]) => {
    const subject = getSubject(on, job.environment);
    return job.steps.filter(assumesRole).flatMap(({ with: inputs = {} }) => {
      const arn = `${inputs["role-to-assume"]}`;
      const role = roles.get(arn);
      if (!role) return [`${name}: no stack has the role ${arn}`];
      if (!role.subjects.includes(subject))
        return [`${name}: ${arn} is for ${role.subjects.join(" or ")}, and the job is ${subject}`];
      return inputs["aws-region"] === role.region ? [] : [`${name}: ${arn} is of ${role.region}`];
    });
  });
}

/** The subject of a job's token: its environment, or the branch without one. Scheduled workflows run on `main`. */
function getSubject(on: Workflow["on"], environment: string | undefined): string {
  if (environment) return `repo:${gitHubRepository}:environment:${environment}`;
  return "schedule" in on && !("push" in on) ? `repo:${gitHubRepository}:ref:refs/heads/main` : "unknown";
}
