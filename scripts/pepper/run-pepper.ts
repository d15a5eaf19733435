import type { DeployedEnvironment } from "../../service/contract.ts";
import { type Clock, systemClock } from "../../service/platform/clock.ts";
import { getEnvironment } from "../../stacks/environments/index.ts";
import { explainAwsFailure } from "../aws/explain-failure.ts";
import { OperatorError } from "../cli/errors.ts";
import type { Log } from "../cli/output.ts";
import { confirm } from "../cli/prompt.ts";
import type { RotationStep } from "../cli/rotation-commands.ts";
import { createPepper, EnvironmentPepper } from "./environment-pepper.ts";
import { distributeNext, dropPrevious, findNextStep, promoteNext, replaceAllWith, toTimestamp } from "./rotation.ts";

/** Options of every subcommand. */
export interface PepperOptions {
  readonly environment: DeployedEnvironment;
  /** Skips the confirmation of `revoke`. */
  readonly yes?: boolean;
  /** Prints what the step would do, and changes nothing. */
  readonly dryRun?: boolean;
}

/** The stages after a step, as in the JSON output of every subcommand. Values of peppers are nowhere. */
export interface PepperResult {
  readonly environment: DeployedEnvironment;
  readonly stages: readonly ("next" | "current" | "previous")[];
  /** When a stage last changed; null if the pepper was never rotated. */
  readonly changedAt: string | null;
  /** The step that is due, and when; null if no rotation is in progress, and `dueAt` if the stages do not say when they changed. */
  readonly next: { readonly command: "promote" | "retire"; readonly dueAt: string | null } | null;
}

/** What each step does, for the log. */
const effects = {
  rotate: "a new pepper, distributed to all processes within a minute, and not yet in use",
  promote: "new tokens under the next pepper, those of the current one still readable",
  retire: "no previous pepper: tokens under it are unknown",
  revoke: "a new pepper alone: all sessions end within a minute, and every user logs in again",
} as const;

/**
 * Runs one step of a rotation, and lists the stages of the refresh-token pepper of an environment.
 *
 * Only `revoke` asks: it ends all sessions. The others refuse to run before they can do without.
 *
 * @throws {OperatorError} if the step would end sessions, the operator does not confirm, or AWS refuses
 */
export async function runPepper(
  command: RotationStep,
  { environment, yes, dryRun }: PepperOptions,
  log: Log,
  now: Clock = systemClock,
): Promise<PepperResult> {
  const pepper = new EnvironmentPepper(environment, getEnvironment(environment).region);
  try {
    if (command !== "list") {
      const snapshot = await pepper.read();
      const { peppers } = snapshot;
      const changed = {
        rotate: () => distributeNext(peppers, createPepper(), now()),
        promote: () => promoteNext(peppers, now()),
        retire: () => dropPrevious(peppers, now()),
        revoke: () => replaceAllWith(createPepper(), now()),
      }[command]();
      if (command === "revoke" && !dryRun) {
        const consequence = `This replaces the pepper of ${environment}: all its users are logged out.`;
        await confirm({ consequence, name: environment, yes });
      }
      if (!dryRun) await pepper.write(changed, snapshot);
      log(`${dryRun ? "would store" : "stored"} ${effects[command]}`);
    }
    return listStages(environment, pepper, now, log);
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    const { why, action } = explainAwsFailure("AWS SSM", error);
    const what = `\`pepper ${command}\` did not complete. Run \`pepper list\` to see the stages.`;
    throw new OperatorError("pepper-command-incomplete", { what, why, action, cause: error });
  }
}

async function listStages(
  environment: DeployedEnvironment,
  pepper: EnvironmentPepper,
  now: Clock,
  log: Log,
): Promise<PepperResult> {
  const { peppers } = await pepper.read();
  const stages = (["next", "current", "previous"] as const).filter((stage) => peppers[stage]);
  log(`stages: ${stages.join(", ")}; changed ${peppers.changedAt ? `at ${peppers.changedAt}` : "never"}`);
  const step = findNextStep(peppers);
  const dueAt = step && !Number.isNaN(step.dueAtMs) ? toTimestamp(step.dueAtMs) : null;
  const when = dueAt && Date.parse(dueAt) <= now() ? "now" : `at ${dueAt ?? "an unknown time"}`;
  log(step ? `\`pepper ${step.command}\` is due ${when}.` : "No rotation is in progress.");
  return {
    environment,
    stages,
    changedAt: peppers.changedAt ?? null,
    next: step ? { command: step.command, dueAt } : null,
  };
}
