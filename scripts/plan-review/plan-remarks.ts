import { type Finding, type Severity, toCodeSpan, toCodeSpans } from "./finding.ts";
import { findUnreadParts, type PlanJson } from "./plan-schema.ts";

/** A finding that is not about a planned change of a resource. Without an address, it is about the plan. */
export interface Remark extends Finding {
  readonly address: string;
}

const toRemark = (severity: Severity, subject: string, text: string, address = ""): Remark => ({
  ...{ severity, subject, text, address },
});

/** What a plan says elsewhere than in its changes of resources. */
export function* findRemarks(plan: PlanJson): Generator<Remark> {
  const more = "more resources change than this review lists";
  if (plan.errored) yield toRemark("critical", "Incomplete", `planning ended early: ${more}`);
  else if (!plan.complete) yield toRemark("critical", "Incomplete", `it plans a part (\`-target\`, deferral): ${more}`);
  for (const { reason, resource_change: deferred } of plan.deferred_changes) {
    const text = `a later plan decides how to ${deferred.change.actions.join(" and ")} it`;
    yield toRemark("warning", "Deferred", `is deferred (${toCodeSpan(reason)}): ${text}`, deferred.address);
  }
  for (const { reason, action_invocation: deferred } of plan.deferred_action_invocations) {
    yield toRemark(
      "warning",
      "Deferred",
      `is deferred (${toCodeSpan(reason)}): a later plan invokes it`,
      deferred.address,
    );
  }
  yield* findUnread(plan);
  // https://developer.hashicorp.com/terraform/language/invoke-actions
  for (const { address, lifecycle_action_trigger: trigger } of plan.action_invocations) {
    const { action_trigger_event: event, triggering_resource_address: source } = trigger;
    const cause = source ? `by ${toCodeSpan(event)} of ${toCodeSpan(source)}` : "by the command line";
    yield toRemark("warning", "Action", `is invoked ${cause}: read in the code what it does`, address);
  }
  for (const { status, address } of plan.checks.flatMap(({ instances, ...all }) =>
    instances[0] ? instances : [all],
  )) {
    if (/^(pass|unknown)$/.test(status)) continue;
    // Without the messages, which may contain values: Terraform prints them.
    const text = status === "fail" ? "fails" : `has the status ${toCodeSpan(status)}`;
    yield toRemark("warning", "Check", `${text}: the output of Terraform says why`, address.to_display);
  }
  const declared = plan.configuration.root_module.outputs;
  for (const [name, { actions, before_sensitive: isMarked }] of Object.entries(plan.output_changes)) {
    const of = (severity: Severity, text: string) => toRemark(severity, "Output", text, `output.${name}`);
    // Terraform marks the change if the output was or is sensitive. Only the code tells which.
    if (isMarked === true && declared[name]?.sensitive === false)
      yield of("critical", "is no longer sensitive: plans, logs and the stacks that read it show its value");
    else if (actions.includes("delete"))
      yield of("warning", "is removed: a stack that reads it cannot be planned any more");
    else if (actions.includes("update")) yield of("info", "changes: the stacks that read it change with it");
  }
}

/** The newest format whose parts a review knows. */
const newestMinorVersion = 2;
const modes = /^(managed|data)$/;
const knownActions = /^(no-op|create|read|update|delete|forget)$/;

function* findUnread(plan: PlanJson): Generator<Remark> {
  if (Number(plan.format_version.split(".")[1]) > newestMinorVersion) {
    const version = `its format ${toCodeSpan(plan.format_version)} is newer than this review`;
    yield toRemark("warning", "Not read", `${version}: parts of it may be missing here`);
  }
  for (const { address, mode, change } of [...plan.resource_changes, ...plan.resource_drift]) {
    if (modes.test(mode) && change.actions.every((action) => knownActions.test(action))) continue;
    const what = `${toCodeSpan(change.actions.join(" and "))} of a ${toCodeSpan(mode)} resource`;
    yield toRemark("warning", "Not read", `this review does not know ${what}`, address);
  }
  const parts = findUnreadParts(plan);
  if (parts.length === 0) return;
  yield toRemark(
    "warning",
    "Not read",
    `parts that this review does not know (${parts.length}): ${toCodeSpans(parts)}`,
  );
}
