import { createInterface } from "node:readline/promises";
import { LambdaClient, ResourceNotFoundException } from "@aws-sdk/client-lambda";
import { ConfigurationError } from "../../../service/config.ts";
import type { DeployedEnvironment } from "../../../service/contract.ts";
import { environments } from "../../../stacks/environments.ts";
import { awsReason } from "../aws-reason.ts";
import { moveLive, readFunction, releasedFunctions } from "./released-function.ts";
import { type Move, rollbackMoves } from "./rollback-target.ts";

export interface RollbackOptions {
  readonly environment: DeployedEnvironment;
  /** Number of a version of `api`. @default the one before */
  readonly to?: number;
  /** Asks nothing. */
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/**
 * `npm run ops -- rollback`: moves `live` of both functions back at once, without CodeDeploy. Run again, it does what is left.
 *
 * @throws {ConfigurationError} if there is nothing to go back to, somebody else moves it too, or AWS refuses
 */
export async function rollback(options: RollbackOptions): Promise<void> {
  const { environment, to, yes, dryRun, json } = options;
  const lambda = new LambdaClient({ region: environments[environment].region });
  const started = performance.now();
  try {
    const [api, auth] = await Promise.all(
      releasedFunctions.map((id) => readFunction(lambda, `ecobeat-${environment}-${id}`)),
    );
    const moves = rollbackMoves(api!, auth!, to);
    const due = moves.filter(
      ({ stand, to }) => stand.live.number !== to.number || stand.beside !== undefined,
    );
    if (!json) for (const move of moves) console.log(sentence(move));
    if (!dryRun && due.length > 0) {
      if (!yes) await confirm(environment);
      await Promise.all(due.map(({ stand, to }) => moveLive(lambda, stand, to.number)));
    }
    const seconds = (performance.now() - started) / 1_000;
    console.log(json ? asJson(moves, due, options) : outcome(due, options, seconds));
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw new ConfigurationError(
      `${environment} may be rolled back in part: run this again. ${reason(error)}`,
      {
        cause: error,
      },
    );
  }
}

const sentence = ({ stand: { name, live, beside }, to }: Move): string =>
  `${name}: version ${live.number}${beside === undefined ? "" : ` and ${beside}`}` +
  (live.number === to.number && beside === undefined ? " stays" : ` to ${to.number}, of ${to.published}`);

function outcome(due: readonly Move[], { environment, dryRun }: RollbackOptions, seconds: number): string {
  if (due.length === 0) return `${environment} runs that archive already: nothing was changed.`;
  if (dryRun) return "Nothing was changed.";
  const ready = environments[environment].functions.provisionedConcurrency
    ? " auth goes on with the other version until environments of this one are ready, a minute or two."
    : "";
  return `${environment} is rolled back, in ${seconds.toFixed(1)} s.${ready}`;
}

const asJson = (
  moves: readonly Move[],
  due: readonly Move[],
  { environment, dryRun }: RollbackOptions,
): string =>
  JSON.stringify({
    environment,
    changed: !dryRun && due.length > 0,
    functions: moves.map(({ stand, to }) => ({
      name: stand.name,
      from: stand.live.number,
      to: to.number,
      archive: to.archive,
    })),
  });

async function confirm(environment: DeployedEnvironment): Promise<void> {
  const typed = process.stdin.isTTY
    ? await ask(`This moves all requests of ${environment}. Type yes to go on: `)
    : "";
  if (typed === "yes") return;
  throw new ConfigurationError(
    "Nothing was changed: it was not confirmed. Type yes when asked, or give --yes where nobody can be asked.",
  );
}

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const typed = await terminal.question(question);
  terminal.close();
  return typed.trim();
}

function reason(error: unknown): string {
  if (error instanceof ResourceNotFoundException) {
    return `AWS Lambda knows no such function or alias: ${error.message}. Use credentials of the environment's account, or deploy the service stack first.`;
  }
  return awsReason("AWS Lambda", error);
}
