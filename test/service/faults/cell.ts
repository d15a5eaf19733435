import { setTimeout as wait } from "node:timers/promises";
import { defaultTimeouts, type Timeouts } from "../../../service/platform/timeouts.ts";
import { problemType } from "../../support/service.ts";
import type { Dependency, Fault, Operation, Phase } from "./names.ts";
import { findActivity, testedOperations } from "./operations.ts";
import { type Answer, Phone } from "./phone.ts";
import type { CloudProcess, Rig } from "./rig.ts";

/** One fault of one dependency, met by one operation. */
export interface Cell {
  dependency: Dependency;
  fault: Fault;
  operation: Operation;
  phase: Phase;
  /** The statuses of a response while the fault lasts. */
  statuses: number[];
}

/** What happened when the fault struck each exchange in turn. */
export interface Outcome {
  /** The first status at each step. A request that makes no exchange has one step, at which nothing strikes. */
  statuses: number[];
  /** Whatever must never happen. */
  violations: string[];
}

/** More exchanges than any request makes. */
const manySteps = 20;

/** Whether a fault ends with a timeout. The clients ask name servers, and wait for addresses, until one of theirs is over. */
const isEndless = ({ dependency, fault }: Cell) =>
  ["refused", "silent", "answered after the deadline"].includes(fault) || (dependency === "DNS" && fault !== "slow");

/**
 * By what the service's timeouts are divided. A step that fails is repeated with longer ones: on a busy machine, a fiftieth of a
 * timeout may be over before a healthy dependency has answered.
 */
const scales = [50, 10, 2];

/** The settings that bound a wait for each dependency. */
const settings: Record<Dependency, RegExp> = {
  MongoDB: /^(request|database)/,
  Redis: /^(request|redis|rateLimit|cache)/,
  KMS: /^(request|aws|signingKeys)/,
  SSM: /^(request|aws|signingKeys)/,
  DNS: /^(request|nameResolution|database|redis|aws)/,
};

/** Short where the fault needs them, as in production elsewhere. */
function getTimeouts(cell: Cell, scale: number): Timeouts {
  const isShort = (name: string) =>
    isEndless(cell) ? settings[cell.dependency].test(name) : name === "databaseCheckPause";
  const chosen = Object.entries(defaultTimeouts).map(([name, milliseconds]) => [
    name,
    isShort(name) ? Math.ceil(milliseconds / scale) : milliseconds,
  ]);
  return Object.fromEntries(chosen) as Timeouts;
}

/** Runs a cell: the fault strikes each exchange in turn. */
export async function runCell(rig: Rig, cell: Cell): Promise<Outcome> {
  const outcome: Outcome = { statuses: [], violations: [] };
  let process: CloudProcess | undefined;
  let phone: Phone | undefined;
  const run = async (step: number, divisor: number): Promise<StepResult> => {
    const scale = isEndless(cell) ? divisor : 1;
    // Whatever went wrong with other timeouts is not to be found again.
    if (!phone || process?.scale !== scale) phone = await Phone.register(rig);
    if (cell.phase === "cold" || process?.scale !== scale) {
      await process?.stop();
      process = await rig.startProcess(getTimeouts(cell, divisor), scale);
      if (cell.phase === "warm") await warmUp(rig, phone, cell, process);
    }
    return runStep(rig, phone, cell, process, step);
  };
  try {
    for (let step = 1; step <= manySteps; step++) {
      const result = await untilSound(isEndless(cell) ? scales : scales.slice(0, 1), (scale) => run(step, scale));
      if (result.hasStruck || step === 1) outcome.statuses.push(result.status);
      outcome.violations.push(...result.violations.map((what) => `step ${step}: ${what}`));
      if (outcome.violations.length > 0) return outcome;
      if (!result.hasStruck) {
        outcome.violations.push(...(await findLeftovers(phone!)));
        return outcome;
      }
    }
    throw new Error(`${cell.operation} makes more than ${manySteps} exchanges`);
  } finally {
    await process?.stop();
  }
}

/** What is left in the queue once the service is back. */
async function findLeftovers({ queue }: Phone): Promise<string[]> {
  const problem = await queue.sync();
  const count = await queue.length();
  return problem || count > 0 ? [`${count} activities remain in the queue: ${problem?.type}`] : [];
}

/** The first result without a violation, or the last one. */
async function untilSound(scales: readonly number[], run: (scale: number) => Promise<StepResult>): Promise<StepResult> {
  const [scale, ...others] = scales as [number, ...number[]];
  if (others.length === 0) return run(scale);
  const result = await run(scale).catch(() => undefined);
  return result?.violations.length === 0 ? result : untilSound(others, run);
}

/** Sends the request without a fault until it succeeds: only then does the process know all that it needs. */
async function warmUp(
  rig: Rig,
  phone: Phone,
  { operation }: Cell,
  { url, advance, lines }: CloudProcess,
): Promise<void> {
  const tested = testedOperations[operation];
  for (let attempt = 1; attempt <= 5; attempt++) {
    const { send } = await tested.prepare(phone, rig);
    let last: number | undefined;
    const onAnswer = async ({ status }: Answer) => {
      last = status;
    };
    await phone.redirect({ route: tested, url, scale: Number.POSITIVE_INFINITY, onAnswer }, send);
    if (last !== tested.status) continue;
    // The keys are read again before the next request.
    return advance(61);
  }
  throw new Error(`${operation} fails without a fault: ${JSON.stringify(lines.at(-1))}`);
}

interface StepResult {
  status: number;
  hasStruck: boolean;
  violations: string[];
}

/** Sends the request while the fault strikes one exchange, then again, and checks what the phone and the server have. */
async function runStep(
  rig: Rig,
  phone: Phone,
  cell: Cell,
  { url, lines, scale }: CloudProcess,
  step: number,
): Promise<StepResult> {
  const { dependency, fault, operation, phase } = cell;
  const tested = testedOperations[operation];
  const faults = rig.switches[dependency];
  const violations: string[] = [];
  await phone.queue.record({ kind: "walk", quantity: 1, occurred_at: new Date(Date.now() - 7_200_000).toISOString() });
  const attempt = await tested.prepare(phone, rig);
  const recorded = await phone.readQueue();
  const answers: Record<"during" | "after", Answer[]> = { during: [], after: [] };
  let time: keyof typeof answers = "during";
  const endFault = async () => {
    await faults.end();
    time = "after";
  };
  const onAnswer = async (answer: Answer) => {
    answers[time].push(answer);
    if (!tested.isPersistent && time === "during") await endFault();
  };
  const isSuccess = ({ status }: Answer) => status === tested.status;

  // Only a fault that ends with a timeout leaves something behind that must end, too.
  const patience = isEndless(cell) ? scale : Number.POSITIVE_INFINITY;
  faults.set(phase, fault, step);
  await phone.redirect({ route: tested, url, scale: patience, onAnswer }, async () => {
    const problem = await attempt.send().catch((error: Error) => violations.push(`the client throws ${error}`));
    if (time === "during") await endFault();
    const isDone = isSuccess([...answers.during, ...answers.after].at(-1)!);
    if (isDone && problem) violations.push("the client reports a problem despite success");
    if (isDone || answers.after.length > 0) return;
    // The client repeats some requests itself, and the user the others, as the app says.
    violations.push(...(await findQueueFaults(rig, phone, recorded)));
    await wait((Number(answers.during.at(-1)!.headers.get("retry-after")) * 1000) / patience);
    await attempt.send();
  });
  const [first, ...repeated] = answers.during as [Answer, ...Answer[]];
  if (!faults.hasStruck && !isSuccess(first)) violations.push(`the answer is ${first.status} before the fault strikes`);
  // Nothing strikes after the last exchange.
  const allowed = faults.hasStruck || step === 1 ? cell.statuses : [tested.status];
  violations.push(...findFaults(first, tested.status, allowed));
  for (const answer of repeated) violations.push(...findFaults(answer, tested.status, [tested.status, 503]));
  const [next] = answers.after;
  if (next && !isSuccess(next) && !attempt.repeated?.includes(next.body.type ?? "")) {
    violations.push(`the next request gets ${next.status} ${next.body.type}`);
  }
  const loss = await attempt.findLoss();
  if (loss) violations.push(loss);
  violations.push(...(await findQueueFaults(rig, phone, recorded)));
  if (violations.length > 0) violations.push(`log: ${JSON.stringify(lines.slice(-3))}`);
  return { status: first.status, hasStruck: faults.hasStruck, violations };
}

/** What is wrong with an answer: each failure is a 503 that says when to come back. */
function* findFaults({ status, headers, body }: Answer, success: number, allowed: number[]): Generator<string> {
  if (!allowed.includes(status)) yield `the answer is ${status}, and not ${allowed.join(" or ")}`;
  if (status === success) {
    const refused = body.results?.filter((each) => each.status === "refused") ?? [];
    for (const { problem } of refused) yield `an activity is refused as ${problem?.type}`;
    return;
  }
  if (body.type !== problemType("unavailable")) yield `the problem is ${body.type ?? "the gateway's"}`;
  if (!(Number(headers.get("retry-after")) > 0)) yield "the answer has no Retry-After";
}

/** What is wrong with the queue: each recorded activity is on the server or still queued, and none was refused. */
async function findQueueFaults(rig: Rig, phone: Phone, recorded: readonly { id: string }[]): Promise<string[]> {
  const queued = new Set((await phone.readQueue()).map(({ id }) => id));
  const found: string[] = phone.dropped.map((type) => `the queue dropped an activity as ${type}`);
  for (const { id } of recorded) {
    if (!queued.has(id) && !(await findActivity(rig, phone, id))) found.push(`the queued activity ${id} is lost`);
  }
  return found;
}
