import { InvokeCommand, LambdaClient, ResourceNotFoundException } from "@aws-sdk/client-lambda";
import { ConfigurationError } from "../../../service/config.ts";
import { type DeployedEnvironment, functionName } from "../../../service/contract.ts";
import { redactText } from "../../../service/platform/logging.ts";
import { environments } from "../../../stacks/environments.ts";
import { awsReason } from "../aws-reason.ts";
import { invocationIn, parsedLine } from "./log-file.ts";
import { logIn } from "./log-in.ts";
import { passwordOf } from "./password.ts";
import type { Sample } from "./sizing.ts";
import { apiRequests, authRequests, type MeasurableFunction, type TestRequest } from "./test-requests.ts";
import { type TestVersion, TestVersions } from "./test-versions.ts";

/** What is measured in AWS. */
export interface LiveOptions {
  readonly environment: DeployedEnvironment;
  readonly function: MeasurableFunction;
  /** In MB, beside the function's own. @default 512, 1,024, 1,769 (one whole processor) and 3,008 */
  readonly memory?: readonly number[];
  /** Requests of each route group at each size. @default 100 */
  readonly requests?: number;
  /** Account that logs in, and whose data is read. @default neither is measured */
  readonly email?: string;
  readonly yesProduction?: boolean;
}

const defaultMemoriesMb = [512, 1_024, 1_769, 3_008];
const defaultRequests = 100;

/**
 * Measures a deployed function at several memory sizes, in test versions that are gone afterwards, also after Ctrl-C.
 *
 * @throws {ConfigurationError} if it is production and nobody agreed, or AWS cannot be reached or refuses
 */
export async function measureLive(options: LiveOptions): Promise<Sample[]> {
  const { environment, function: id, email, requests = defaultRequests } = options;
  if (environment === "production" && !options.yesProduction) {
    throw new ConfigurationError(
      "Production was not measured: it changes the function's configuration for a minute and takes from its concurrency and its " +
        "database. Measure staging, or add --yes-production.",
    );
  }
  const account = email ? { email, password: await passwordOf(email, process.env) } : undefined;
  const { region } = environments[environment];
  const name = functionName(environment, id);
  const lambda = new LambdaClient({
    region,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 60_000, throwOnRequestTimeout: true },
  });
  const versions = new TestVersions(lambda, name);
  const stop = new AbortController();
  const interrupt = () => stop.abort(new ConfigurationError("Interrupted; the function is as it was."));
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  try {
    return await measureVersions(lambda, versions, {
      name,
      memoriesMb: options.memory ?? defaultMemoriesMb,
      requests: async () => {
        if (id === "auth") return authRequests(account);
        return apiRequests(account && (await logIn(lambda, environment, account)), new Date());
      },
      times: requests,
      signal: stop.signal,
    });
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw new ConfigurationError(`${name} was not measured in ${region}: ${reason(error, environment)}`, {
      cause: error,
    });
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}

/** What {@link measureVersions} does with a function. */
export interface Measurement {
  readonly name: string;
  readonly memoriesMb: readonly number[];
  /** What is sent to each size; asked for each anew, as a token would not last for all. */
  readonly requests: () => Promise<readonly TestRequest[]>;
  /** How often each request is sent at each size. */
  readonly times: number;
  readonly signal: AbortSignal;
}

/** Publishes, measures and deletes; whatever an earlier run left is put right first. */
export async function measureVersions(
  lambda: LambdaClient,
  versions: TestVersions,
  { memoriesMb, signal, ...work }: Measurement,
): Promise<Sample[]> {
  await versions.restore();
  try {
    let published: TestVersion[];
    try {
      published = await versions.publish(memoriesMb, signal);
    } finally {
      // Before the requests, which take minutes: a deployment in between finds the function as it was.
      await versions.restore();
    }
    const samples: Sample[] = [];
    for (const { version, memoryMb } of published) {
      console.error(`measuring ${work.name} with ${memoryMb} MB`);
      for (const request of await work.requests()) {
        samples.push(...(await send(lambda, { ...work, request, version, signal })));
      }
    }
    return samples;
  } finally {
    await versions.deleteAll();
  }
}

interface Sending extends Pick<Measurement, "name" | "times" | "signal"> {
  readonly request: TestRequest;
  readonly version: string;
}

/** Sends a request so often, one after the other, and no more once it has failed: a login that is refused counts as a guess. */
async function send(lambda: LambdaClient, sending: Sending): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let sent = 0; sent < sending.times; sent += 1) {
    sending.signal.throwIfAborted();
    const sample = await sendOne(lambda, sending);
    samples.push(sample);
    if (sample.invocation.failed) break;
  }
  return samples;
}

async function sendOne(lambda: LambdaClient, { name, version, request }: Sending): Promise<Sample> {
  const { group, event } = request;
  const answer = await lambda.send(
    new InvokeCommand({
      FunctionName: name,
      Qualifier: version,
      LogType: "Tail",
      Payload: JSON.stringify(event),
    }),
  );
  const invocation = Buffer.from(answer.LogResult ?? "", "base64")
    .toString()
    .split("\n")
    .map((line) => invocationIn(parsedLine(line)))
    .findLast((found) => found !== undefined);
  if (!invocation) {
    throw new ConfigurationError(
      `${name} did not report how long ${group} took. Set its system log level to INFO, and deploy.`,
    );
  }
  const payload = Buffer.from(answer.Payload ?? []).toString();
  const { statusCode = 500 } = JSON.parse(payload || "{}") as { statusCode?: number };
  const failed = invocation.failed || answer.FunctionError !== undefined || statusCode >= 400;
  if (failed)
    console.error(`${group} failed with ${invocation.memoryMb} MB: ${redactText(payload).slice(0, 300)}`);
  return { group, invocation: { ...invocation, failed } };
}

function reason(error: unknown, environment: DeployedEnvironment): string {
  if (error instanceof ResourceNotFoundException) {
    return `there is no such function. Deploy ecobeat-${environment}-service first, with credentials of the same account.`;
  }
  if (error instanceof Error && error.name === "TooManyRequestsException") {
    return "AWS throttled it: the function's reserved concurrency or the account's rate is used up. Try again later.";
  }
  return awsReason("AWS Lambda", error);
}
