import { inspect } from "node:util";
import type * as z from "zod";
import { getConnectionLimit } from "./atlas-tiers.ts";
import { type Environment, environmentSchema } from "./environments.ts";
import { ConstructError } from "./errors.ts";
import { defaultConcurrencyQuota } from "./service-values.ts";
import { hasValueOfSize } from "./sizes.ts";

/**
 * The functions that create indexes, dump and restore have one execution environment each, and so has the smoke test; the pre-traffic
 * check, the sender of mails and support have two.
 */
export const otherConcurrency = 10;

/** Of these, the pre-traffic check and the sender of mails have no database. */
export const unconnectedConcurrency = 4;

/** When the service gives up on a request, and the time that it needs to say so: `request` and `requestMargin` of its timeouts. */
export const requestSeconds = 21;

/**
 * Checks the configuration of an environment: the members, and values that depend on each other.
 * @param environment of any shape, as the type check runs later or elsewhere
 * @throws {ConstructError} that names every wrong member
 */
export function checkEnvironment(environment: Environment): void {
  const name = `The environment "${environment?.name}"`;
  const { error } = environmentSchema.safeParse(environment);
  if (error) {
    // Without a size, all its values are missing.
    const ofSize = error.issues.filter(({ path }) => path[0] === "size");
    const issues = ofSize.length > 0 ? ofSize : error.issues;
    throw new ConstructError("environment-invalid", {
      what: `${name} has a wrong configuration:`,
      why: `${issues.flatMap((issue) => describeIssue(issue, environment)).join("; ")}.`,
      action: "Correct its file in stacks/environments/; stacks/environments.ts describes each value.",
    });
  }
  const { database, functions, previews, size } = environment;
  const ofSize = size ? ` Values that its file does not set are those of size ${size}, in stacks/sizes.ts.` : "";
  const { reservedConcurrency, concurrencyQuota = defaultConcurrencyQuota, timeoutSeconds } = functions;
  // Each preview also has a function that creates indexes.
  const ofPreview = previews ? previews.reservedConcurrency.auth + previews.reservedConcurrency.api + 1 : 0;
  const ofPreviews = ofPreview * (previews?.maximum ?? 0);
  const concurrency = reservedConcurrency.auth + reservedConcurrency.api + otherConcurrency + ofPreviews;
  const tier = database.kind === "flex" ? "flex" : database.instanceSize;
  // Two each, of the version that serves and of the one before it.
  const connectionsOfOne = 4;
  const limit = getConnectionLimit(tier);
  const connected = concurrency - unconnectedConcurrency;
  if (connectionsOfOne * connected > limit) {
    const excess = connected - Math.floor(limit / connectionsOfOne);
    const members = `\`functions.reservedConcurrency\`${previews ? " or `previews.maximum`" : ""}`;
    const larger = database.kind === "flex" ? "a dedicated cluster" : "a larger `database.instanceSize`";
    throw new ConstructError("reserved-concurrency-above-connections", {
      what:
        `${name} reserves a concurrency of ${connected} for its functions with a database, ` +
        `which can open ${connectionsOfOne * connected} connections during a release.`,
      why: `Its database (${tier}) accepts ${limit}.`,
      action: `Lower ${members} by ${excess} in all, or choose ${larger}.${ofSize}`,
    });
  }
  if (concurrency + 100 > concurrencyQuota) {
    throw new ConstructError("reserved-concurrency-above-quota", {
      what: `${name} reserves a concurrency of ${concurrency}.`,
      why: `AWS's quota in its region is ${concurrencyQuota}, of which 100 must stay unreserved.`,
      action: `Lower \`functions.reservedConcurrency\`, or have the quota raised and set \`functions.concurrencyQuota\`.${ofSize}`,
    });
  }
  if (timeoutSeconds < requestSeconds) {
    throw new ConstructError("function-timeout-too-short", {
      what: `${name} has functions with a timeout of ${timeoutSeconds} s.`,
      why: `The service needs up to ${requestSeconds} s to respond, and then says what failed.`,
      action: `Set \`functions.timeoutSeconds\` to ${requestSeconds} or more.`,
    });
  }
}

/** What is wrong with a member, such as `functions.memoryMb is missing`. */
function describeIssue(issue: z.core.$ZodIssue, environment: Environment): string[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => `${[...issue.path, key].join(".")} is unknown`);
  // biome-ignore lint/suspicious/noExplicitAny: whatever the path leads through
  const getMember = (path: PropertyKey[]) => path.reduce((parent: any, name) => parent?.[name], environment);
  const value = getMember(issue.path);
  const path = issue.path.join(".") || "it";
  const isPresent = issue.path.length === 0 || Object.hasOwn(getMember(issue.path.slice(0, -1)), issue.path.at(-1)!);
  if (!isPresent) return [`${path} is missing${issue.code === "custom" ? `: ${issue.message}` : ""}`];
  const source = hasValueOfSize(environment, issue.path) ? " (from its size)" : "";
  return [`${path} is ${print(value)}${source} and must be ${describeExpectation(issue, value)}`];
}

/** On one line, and without the credentials that a URL may contain. */
const print = (value: unknown): string =>
  typeof value === "string"
    ? JSON.stringify(value.replace(/\/\/[^/]*@/, "//...@"))
    : inspect(value, { breakLength: Number.POSITIVE_INFINITY, compact: true, depth: 1 });

function describeExpectation(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === "invalid_type" && issue.expected !== "never")
    return `${/^[aeiou]/.test(issue.expected) ? "an" : "a"} ${issue.expected}`;
  if (issue.code !== "invalid_value") return issue.message;
  const choices = issue.values.map(String);
  const shown = choices.length > manyChoices ? findSimilar(String(value), choices) : choices;
  const others = choices.length - shown.length;
  return `${choices.length > 1 ? "one of " : ""}${shown.join(", ")}${others > 0 ? `, or one of ${others} others` : ""}`;
}

const manyChoices = 10;

/** The choices with the longest common beginning: `cache.t3.micro` for `cache.t3.mikro`. */
function findSimilar(value: string, choices: readonly string[]): readonly string[] {
  for (let length = value.length; length > 0; length--) {
    const found = choices.filter((choice) => choice.startsWith(value.slice(0, length)));
    if (found.length > 0) return found.slice(0, manyChoices);
  }
  return choices.slice(0, manyChoices);
}
