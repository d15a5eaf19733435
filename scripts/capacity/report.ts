import type { DeployedEnvironment } from "../../service/contract.ts";
import { getEnvironment } from "../../stacks/environments/index.ts";
import type { Environment } from "../../stacks/environments.ts";
import { formatTable } from "../cli/table.ts";
import type { Limit } from "./limit.ts";
import { evaluateLimits, findBrokenLimits, type LimitState, limits } from "./limits.ts";
import { getOpeningsPerAddress } from "./limits-of-requests.ts";
import { type SimulationResult, simulate, toServiceLimits } from "./simulation.ts";
import { getPeakOpenings, type Scenario } from "./traffic-model.ts";

/** A limit under a scenario, for JSON. */
interface LimitRow extends Pick<Limit, "id" | "name" | "unit" | "effect" | "source"> {
  readonly load: number;
  readonly limit: number;
  readonly share: number;
  /** `null` if no number of users breaks it. */
  readonly breaksAtUsers: number | null;
}

/** What must change for a scenario. */
interface Change {
  readonly limit: string;
  /** A member of the environment, a quota or a setting. */
  readonly raise: string;
  readonly effect: Limit["effect"];
  /** Undefined if it cannot be raised. */
  readonly needed: string | undefined;
}

/** What `ops capacity` reports. */
export interface Capacity extends Scenario {
  readonly environment: DeployedEnvironment;
  readonly limits: readonly LimitRow[];
  readonly changes: readonly Change[];
  /** Seconds over which the push message must be spread so that no request fails; undefined if that does not help. */
  readonly pushSecondsThatHold?: number | undefined;
  /** Undefined with more than {@link mostOpenings}: it would take minutes. */
  readonly simulation?: SimulationResult | undefined;
}

/** Openings of the app after a push message that are simulated at most. */
const mostOpenings = 200_000;

/** Computes the capacity of an environment for a scenario, by arithmetic and by a simulation. */
export function computeCapacity(name: DeployedEnvironment, scenario: Scenario): Capacity {
  const environment = getEnvironment(name);
  const states = evaluateLimits(environment, scenario);
  return {
    environment: name,
    ...scenario,
    limits: states.map(toRow),
    changes: states.filter(({ share }) => share > 1).map((state) => toChange(state, environment)),
    pushSecondsThatHold: findPushSeconds(environment, scenario),
    simulation: canSimulate(scenario) ? simulate(toServiceLimits(environment), scenario) : undefined,
  };
}

/** The peak traffic before the push message and without one is at least a minute long. */
const canSimulate = ({ users, push }: Scenario): boolean =>
  users * (push?.share ?? 0) + getPeakOpenings(users) * (60 + (push?.seconds ?? 60)) <= mostOpenings;

const toRow = ({ limit, value, load, share, breaksAtUsers }: LimitState): LimitRow => {
  const { id, name, unit, effect, source } = limit;
  const breaksAt = Number.isFinite(breaksAtUsers) ? breaksAtUsers : null;
  return { id, name, unit, effect, ...(source && { source }), load, limit: value, share, breaksAtUsers: breaksAt };
};

function toChange({ limit, load, value }: LimitState, environment: Environment): Change {
  const { id, raise, effect, unit, findNeeded, adjustable } = limit;
  const least = `at least ${formatNumber(roundUp(load))} ${unit}, today ${formatNumber(value)}`;
  const found = findNeeded ? (findNeeded(environment, load) ?? "no value is enough") : least;
  const needed = adjustable === "fixed" ? undefined : found;
  return { limit: id, raise, effect, needed };
}

/** Rounds up to two significant digits: the model is no more precise. */
function roundUp(number: number): number {
  const unit = 10 ** Math.max(Math.floor(Math.log10(number)) - 1, 0);
  return Math.ceil(number / unit) * unit;
}

const longestPushSeconds = 86_400;

/** The shortest time of a push message in which no limit fails, in whole minutes. */
function findPushSeconds(environment: Environment, { users, push }: Scenario): number | undefined {
  const fails = (seconds: number) =>
    findBrokenLimits(environment, { users, push: { share: push!.share, seconds } }, "fails").length > 0;
  if (!push || !fails(push.seconds)) return undefined;
  for (let seconds = 60; seconds <= longestPushSeconds; seconds += 60) {
    if (!fails(seconds)) return seconds;
  }
  return undefined;
}

const formatNumber = (number: number): string =>
  new Intl.NumberFormat("en", number < 100 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 0 }).format(
    number,
  );

/** Formats the report for a terminal. */
export function formatCapacity(capacity: Capacity): string {
  const { environment, users, push } = capacity;
  const pushed = push ? `, ${formatNumber(push.share * 100)} % of whom open the app within ${push.seconds} s` : "";
  return [
    `${environment}: ${formatNumber(users)} monthly users in the peak hour${pushed}`,
    "",
    "Limits in the order in which growth breaks them:",
    "",
    ...formatLimits(capacity),
    "",
    ...formatSimulation(capacity),
    "",
    ...formatChanges(capacity),
  ].join("\n");
}

function formatLimits({ limits: rows, environment }: Capacity): string[] {
  const addressLimit = getEnvironment(environment).api.requestsPerAddress;
  const unknown = limits.filter(({ load }) => !load).map(({ name }) => name);
  return [
    ...formatTable(
      [
        ["limit", "breaks at users", "load", "limit", "unit", "share", ""],
        ...rows.map(({ name, breaksAtUsers, load, limit, unit, share, effect }) => [
          name,
          breaksAtUsers === null ? "never" : formatNumber(breaksAtUsers),
          formatNumber(load),
          formatNumber(limit),
          unit,
          `${formatNumber(share * 100)} %`,
          share > 1 ? effect : "",
        ]),
      ],
      [1, 2, 3, 5],
    ).map((line) => `  ${line}`),
    "",
    `  Not compared: ${unknown.join(", ")}. It lets ${formatNumber(getOpeningsPerAddress(addressLimit))} apps behind one address open in 5 min.`,
  ];
}

function formatSimulation({ simulation, push }: Capacity): string[] {
  if (!simulation) return [`Simulation: none with more than ${formatNumber(mostOpenings)} openings of the app.`];
  const { openings, lostOpenings, requests, failed, attempts, refusals, coldStarts, peakConcurrency } = simulation;
  const percent = (part: number, whole: number) => `${formatNumber(whole === 0 ? 0 : (100 * part) / whole)} %`;
  const origin = push ? "after the push message" : "from the begin";
  return [
    "Simulation:",
    `  ${formatNumber(openings)} openings of the app, of which ${formatNumber(lostOpenings)} (${percent(lostOpenings, openings)}) fail at the refresh or login`,
    `  ${formatNumber(requests)} requests in ${formatNumber(attempts)} attempts; ${formatNumber(failed)} (${percent(failed, requests)}) fail`,
    ...Object.entries(refusals).map(
      ([limit, { attempts: refused, firstAt }]) =>
        `  ${limit} refuses ${formatNumber(refused)} attempts, the first ${formatNumber(firstAt)} s ${origin}`,
    ),
    `  cold starts: ${coldStarts.auth} of auth, ${coldStarts.api} of api; most concurrent: ${peakConcurrency.auth} and ${peakConcurrency.api}; connections to MongoDB: ${simulation.peakConnections}`,
    `  accepted requests take ${toMilliseconds(simulation.p50Seconds)} ms (p50), ${toMilliseconds(simulation.p99Seconds)} ms (p99), with retries`,
  ];
}

const toMilliseconds = (seconds: number): string => formatNumber(Math.round(seconds * 1_000));

const remarks: Readonly<Record<Limit["effect"], string>> = {
  fails: "",
  slows: " (requests are only slower)",
  backups: " (users do not notice)",
};

function formatChanges({ changes, pushSecondsThatHold, push }: Capacity): string[] {
  if (changes.length === 0) return ["Nothing must change."];
  return [
    "What must change:",
    ...changes.map(({ limit, raise, needed, effect }) => {
      return `  ${limit}: ${raise}${needed === undefined ? "" : `: ${needed}`}${remarks[effect]}`;
    }),
    ...(push && pushSecondsThatHold
      ? [
          `  Or send the push message in parts, so that its users open the app over ${pushSecondsThatHold / 60} minutes.`,
        ]
      : []),
  ];
}
