import type { DeployedEnvironment } from "../../service/contract.ts";
import { getEnvironment } from "../../stacks/environments/index.ts";
import { liveAlias } from "../../stacks/names.ts";
import { getReason, OperatorError } from "../cli/errors.ts";
import { poll } from "../cli/polling.ts";
import { confirm } from "../cli/prompt.ts";
import { type CommandOutput, delayMs } from "../release/deploy-context.ts";
import { type ReleasedFunction, releasedFunctions } from "../release/functions.ts";
import { type ConcurrencyChange, formatChange, ReleaseLog, type TrafficEvent } from "../release/release-log.ts";
import { type Concurrency, FunctionConcurrency } from "./concurrency.ts";

/** Options of `npm run ops -- traffic`. */
export interface TrafficOptions {
  readonly environment: DeployedEnvironment;
  /** Skips the confirmation. */
  readonly yes?: boolean;
  /** Prints the changes, and makes none. */
  readonly dryRun?: boolean;
}

/** The result of `traffic stop` and `traffic resume`, as in their JSON output. */
export interface TrafficResult {
  readonly environment: DeployedEnvironment;
  /** In order. Empty: the environment is in that state already. */
  readonly changes: readonly ConcurrencyChange[];
  readonly outcome: "changed" | "would change";
}

/** What one of the two commands does. */
interface TrafficAction {
  readonly verb: "stop" | "resume";
  readonly done: "stopped" | "resumed";
  readonly consequence: string;
  plan(id: ReleasedFunction, concurrency: Concurrency): ConcurrencyChange[];
}

/** Initialising the environments of a version takes one or two minutes. */
const provisionTimeoutMs = 300_000;

/**
 * Stops all requests: both functions get a reserved concurrency of 0, and lose their provisioned concurrency before, because Lambda
 * allows no more than is reserved. A second run changes nothing.
 *
 * @throws {OperatorError} if the operator does not confirm, or AWS refuses; the message says what is stopped
 */
export async function stopTraffic(options: TrafficOptions, output: CommandOutput): Promise<TrafficResult> {
  const { environment, dryRun } = options;
  const { timeoutSeconds } = getEnvironment(environment).functions;
  const result = await change(options, output, {
    verb: "stop",
    done: "stopped",
    consequence: `This stops all requests of ${environment}: the API returns 500.`,
    plan: planStop,
  });
  if (dryRun) return result;
  output.log(
    `Requests in progress end within ${timeoutSeconds} s. A deployment of \`service\` resumes the traffic: deploy nothing before ` +
      `\`npm run ops -- traffic resume --environment ${environment}\`.`,
  );
  return result;
}

/**
 * Resumes all requests: both functions get the concurrency of `stacks/environments/`, whatever they have. It then waits for the
 * provisioned concurrency, while the functions already process requests. A second run changes nothing.
 *
 * @throws {OperatorError} if the operator does not confirm, AWS refuses, or cannot provision
 */
export async function resumeTraffic(options: TrafficOptions, output: CommandOutput): Promise<TrafficResult> {
  const { environment, dryRun } = options;
  const result = await change(options, output, {
    verb: "resume",
    done: "resumed",
    consequence: `This resumes all requests of ${environment}.`,
    plan: (id, concurrency) => planResume(environment, id, concurrency),
  });
  if (!dryRun && getProvisioned(environment, "auth") > 0) await waitUntilProvisioned(environment, output);
  return result;
}

async function change(
  { environment, yes, dryRun }: TrafficOptions,
  output: CommandOutput,
  { verb, done, consequence, plan }: TrafficAction,
): Promise<TrafficResult> {
  const functions = new FunctionConcurrency(environment);
  const log = new ReleaseLog(environment);
  const planned = await Promise.all(
    releasedFunctions.map(async (id) => ({ id, due: plan(id, await functions.read(id)) })),
  );
  const changes = planned.flatMap(({ due }) => due);
  for (const { id } of planned.filter(({ due }) => due.length === 0)) output.log(`${id}: ${done} already`);
  const result = { environment, changes, outcome: dryRun ? "would change" : "changed" } as const;
  if (dryRun) {
    for (const each of changes) output.log(`would change ${formatChange(each)}`);
    return result;
  }
  const record = (event: TrafficEvent["event"], made: readonly ConcurrencyChange[]) =>
    log.tryAppend({ event, changes: made }, output.warn);
  if (changes.length === 0) {
    const [last] = (await log.tryReadTraffic(1, output.warn, "Its last event may be outdated.")) ?? [];
    // A deployment has changed the concurrency, or the last command was interrupted before it could note that it had.
    if (last && last.event !== `traffic ${done}`) await record(`traffic ${done}`, []);
    return result;
  }
  const question = `${changes.map(formatChange).join("\n")}\n${consequence}`;
  await confirm({ consequence: question, name: environment, yes });
  await record(`traffic ${verb} started`, changes);
  const made: ConcurrencyChange[] = [];
  for (const each of changes) {
    try {
      await apply(functions, each);
    } catch (cause) {
      await record(`traffic ${verb} failed`, made);
      throw new OperatorError("traffic-partly-changed", {
        what: `The traffic of ${environment} is ${made.length > 0 ? "only partly" : "not"} ${done}.`,
        why: `${getReason(cause)} Changed before: ${made.map(formatChange).join(", ") || "nothing"}.`,
        action: `${cause instanceof OperatorError ? cause.action : "Try again."} Then run the same command: it does the rest.`,
        cause,
      });
    }
    made.push(each);
    output.log(`changed ${formatChange(each)}`);
  }
  await record(`traffic ${done}`, made);
  return result;
}

/** Provisioned concurrency first: Lambda allows no more than is reserved. */
function planStop(id: ReleasedFunction, { reserved, provisioned }: Concurrency): ConcurrencyChange[] {
  return [
    ...provisioned.map(({ qualifier, executions }) => toProvisionedChange(id, qualifier, executions, 0)),
    ...(reserved === 0 ? [] : [toReservedChange(id, reserved, 0)]),
  ];
}

/** Reserved concurrency first, for the same reason. */
function planResume(
  environment: DeployedEnvironment,
  id: ReleasedFunction,
  { reserved, provisioned }: Concurrency,
): ConcurrencyChange[] {
  const configured = getEnvironment(environment).functions.reservedConcurrency[id];
  const minimum = getProvisioned(environment, id);
  const live = provisioned.find(({ qualifier, status }) => qualifier === liveAlias && status !== "FAILED");
  return [
    ...(reserved === configured ? [] : [toReservedChange(id, reserved, configured)]),
    // Application Auto Scaling raises it from there.
    ...((live?.executions ?? 0) < minimum ? [toProvisionedChange(id, liveAlias, live?.executions ?? 0, minimum)] : []),
  ];
}

/** The provisioned concurrency of a function without load. Only `auth` has any. */
const getProvisioned = (environment: DeployedEnvironment, id: ReleasedFunction): number =>
  (id === "auth" && getEnvironment(environment).functions.provisionedConcurrency?.minimum) || 0;

const toReservedChange = (id: ReleasedFunction, from: number | undefined, to: number): ConcurrencyChange => ({
  function: id,
  concurrency: "reserved",
  from: from ?? null,
  to,
});

const toProvisionedChange = (id: ReleasedFunction, qualifier: string, from: number, to: number): ConcurrencyChange => ({
  function: id,
  concurrency: "provisioned",
  qualifier,
  from,
  to,
});

async function apply(functions: FunctionConcurrency, change: ConcurrencyChange): Promise<void> {
  const { function: id, to } = change;
  if (change.concurrency === "reserved") return to === 0 ? functions.reserveNone(id) : functions.reserve(id, to);
  return to === 0 ? functions.removeProvisioned(id, change.qualifier) : functions.provision(id, change.qualifier, to);
}

async function waitUntilProvisioned(environment: DeployedEnvironment, { log, warn }: CommandOutput): Promise<void> {
  const functions = new FunctionConcurrency(environment);
  const deadline = Date.now() + provisionTimeoutMs;
  log("auth: processes requests, the first ones after cold starts until its provisioned concurrency is READY");
  await poll(
    async () => {
      const { provisioned } = await functions.read("auth");
      const { status, failure } = provisioned.find(({ qualifier }) => qualifier === liveAlias) ?? {};
      if (status === "FAILED") {
        throw new OperatorError("provisioned-concurrency-failed", {
          what: `The traffic of ${environment} is resumed, but auth has no provisioned concurrency.`,
          why: `Lambda could not allocate it: ${failure}.`,
          action: "Logins work, some after a cold start. Correct the cause, and run the same command again.",
        });
      }
      if (status === "READY") {
        log("auth: provisioned concurrency is READY");
        return true;
      }
      if (Date.now() <= deadline) return undefined;
      warn(
        `auth: provisioned concurrency is still ${status ?? "missing"}. Run the same command again: it waits further.`,
      );
      return true;
    },
    { delayMs },
  );
}
