import type { AlarmConfiguration } from "@aws-sdk/client-codedeploy";
import type { DeployedEnvironment } from "../../service/contract.ts";
import type { Deployments } from "./deployments.ts";
import type { ReleasedFunction, ReleaseFunctions } from "./functions.ts";

/** What a release does with one function. */
export interface FunctionRelease {
  readonly function: ReleasedFunction;
  readonly from: number;
  readonly to: number;
  /** The deployment that shifts the traffic already. @default it has not started, or has ended */
  readonly deploymentId?: string;
  /** Whether the function runs the version already. */
  readonly isDone: boolean;
}

/** Receives the progress of a command. */
export interface CommandOutput {
  readonly log: (line: string) => void;
  /** Receives failures that do not stop the command. */
  readonly warn: (line: string) => void;
}

export interface DeployContext {
  readonly environment: DeployedEnvironment;
  readonly functions: ReleaseFunctions;
  readonly deployments: Deployments;
  /** The alarms that can stop a new deployment, by function. @default those of its deployment group */
  readonly alarmOverrides: Readonly<Partial<Record<ReleasedFunction, AlarmConfiguration | undefined>>>;
  readonly output: CommandOutput;
}

/** Milliseconds before CodeDeploy is polled again. */
export const delayMs = (attempt: number): number => Math.min(250 * 2 ** (attempt - 1), 2_000);
