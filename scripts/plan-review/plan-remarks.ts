import { type Finding, type Severity, toCodeSpan } from "./finding.ts";
import { findUnreadParts, type PlanJson } from "./plan-schema.ts";

/** A finding that is not about a planned change of a resource. Without an address, it is about the plan. */
export interface Remark extends Finding {
  readonly address: string;
}

const remark = (severity: Severity, subject: string, text: string, address = ""): Remark => ({
  ...{ severity, subject, text, address },
});

/** The newest format whose parts a review knows. */
const newestMinorVersion = 2;
const modes = /^(managed|data)$/;
const actions = /^(no-op|create|read|update|delete|forget)$/;

/** What a plan says elsewhere than in its changes of resources. */
export function findRemarks(plan: PlanJson): Remark[] {
  return [...findUnplanned(plan), ...findUnread(plan), ...findActions(plan), ...findChecks(plan), ...findOutputs(plan)];
}

function findUnplanned({ errored, complete, deferred_changes: deferred }: PlanJson): Remark[] {
  const more = "more resources change than this review lists";
  return [
    ...(errored ? [remark("critical", "Incomplete", `planning ended early: ${more}`)] : []),
    ...(complete || errored
      ? []
      : [remark("critical", "Incomplete", `it plans a part (\`-target\`, deferral): ${more}`)]),
    ...deferred.map(({ reason, resource_change: { address, change } }) => {
      const text = `is deferred (${toCodeSpan(reason)}): a later plan decides how to ${change.actions.join(" and ")} it`;
      return remark("warning", "Deferred", text, address);
    }),
  ];
}

function findUnread(plan: PlanJson): Remark[] {
  const unknown = [...plan.resource_changes, ...plan.resource_drift].filter(
    ({ mode, change }) => !(modes.test(mode) && change.actions.every((action) => actions.test(action))),
  );
  const parts = findUnreadParts(plan);
  const isNewer = Number(plan.format_version.split(".")[1]) > newestMinorVersion;
  const version = `its format ${toCodeSpan(plan.format_version)} is newer than this review`;
  const names = parts.map(toCodeSpan).join(", ");
  return [
    ...(isNewer ? [remark("warning", "Not read", `${version}: parts of it may be missing here`)] : []),
    ...unknown.map(({ address, mode, change }) => {
      const text = `this review does not know ${toCodeSpan(change.actions.join(" and "))} of a ${toCodeSpan(mode)} resource`;
      return remark("warning", "Not read", text, address);
    }),
    ...(parts.length > 0
      ? [remark("warning", "Not read", `parts that this review does not know (${parts.length}): ${names}`)]
      : []),
  ];
}

/** https://developer.hashicorp.com/terraform/language/invoke-actions */
function findActions({ action_invocations: actions, deferred_action_invocations: deferred }: PlanJson): Remark[] {
  return [
    ...actions.map(({ address, lifecycle_action_trigger: trigger }) => {
      const { action_trigger_event: event, triggering_resource_address: source } = trigger ?? {};
      const cause = source ? `by ${toCodeSpan(event)} of ${toCodeSpan(source)}` : "by the command line";
      return remark("warning", "Action", `is invoked ${cause}: read in the code what it does`, address);
    }),
    ...deferred.map(({ reason, action_invocation: { address } }) =>
      remark("warning", "Deferred", `is deferred (${toCodeSpan(reason)}): a later plan invokes it`, address),
    ),
  ];
}

/** Without the messages, which may contain values: Terraform prints them. */
function findChecks({ checks }: PlanJson): Remark[] {
  return checks
    .flatMap(({ instances, ...check }) => (instances?.length ? instances : [check]))
    .filter(({ status }) => status !== "pass" && status !== "unknown")
    .map(({ status, address }) => {
      const text = status === "fail" ? "fails" : `has the status ${toCodeSpan(status)}`;
      return remark("warning", "Check", `${text}: the output of Terraform says why`, address.to_display);
    });
}

function findOutputs({ output_changes: changes, configuration }: PlanJson): Remark[] {
  const outputs = configuration.root_module?.outputs ?? {};
  return Object.entries(changes).flatMap(([name, { actions, before_sensitive: isMarked }]) => {
    // Terraform marks the change if the output was or is sensitive. Only the code tells which.
    const isExposed = isMarked === true && outputs[name]?.sensitive !== true && name in outputs;
    const texts: readonly (readonly [Severity, string | false])[] = [
      ["critical", isExposed && "is no longer sensitive: plans, logs and the stacks that read it show its value"],
      ["warning", actions.includes("delete") && "is removed: a stack that reads it cannot be planned any more"],
      ["info", actions.includes("update") && "changes: the stacks that read it change with it"],
    ];
    const found = texts.find(([, text]) => text);
    return found ? [remark(found[0], "Output", found[1] as string, `output.${name}`)] : [];
  });
}
