import {
  CloudWatchLogsClient,
  CreateLogStreamCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
} from "@aws-sdk/client-cloudwatch-logs";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { getEnvironment } from "../../stacks/environments/index.ts";
import { releaseLogName } from "../../stacks/names.ts";
import { describeAwsFailure } from "../aws/explain-failure.ts";
import { withProfile } from "../aws/profile.ts";
import { createRequestLimits } from "../aws/request-limits.ts";
import { getStatedCommit, type ProvenanceStatement } from "../build/provenance.ts";
import type { ReleasedFunction } from "./functions.ts";

/** From which version of a function to which one its traffic shifts. */
export interface TrafficShift {
  readonly function: ReleasedFunction;
  /** The version that ran; several while a deployment is in progress. */
  readonly from: readonly number[];
  readonly to: number;
}

/** An event of a release or a rollback. */
export interface ReleaseEvent {
  readonly event:
    | "release started"
    | "release succeeded"
    | "release rolled back"
    | "release failed"
    | "rollback started"
    | "rollback succeeded"
    | "rollback failed";
  readonly shifts: readonly TrafficShift[];
  /** Base64 of the SHA-256 of the archive to run. */
  readonly sha256: string;
  /** The commit that the archive was built from. @default unknown */
  readonly commit?: string;
  /** Names of the indexes that this archive created before its traffic. @default unknown, or not a release that starts */
  readonly createdIndexes?: readonly string[];
}

/** A change of a function's reserved concurrency, or of the provisioned concurrency of an alias or a version. */
export type ConcurrencyChange = {
  readonly function: ReleasedFunction;
  /** Null if none was reserved. */
  readonly from: number | null;
  readonly to: number;
} & ({ readonly concurrency: "reserved" } | { readonly concurrency: "provisioned"; readonly qualifier: string });

/** An event of `ops traffic`. */
export interface TrafficEvent {
  readonly event: `traffic ${"stop" | "resume"} ${"started" | "failed"}` | "traffic stopped" | "traffic resumed";
  /** Those to make when it starts, and those made otherwise. */
  readonly changes: readonly ConcurrencyChange[];
}

interface LogFields {
  /** In ISO 8601. */
  readonly at: string;
  /** ARN of the caller. */
  readonly by: string;
}

export interface LoggedEvent extends ReleaseEvent, LogFields {}

export interface LoggedTrafficEvent extends TrafficEvent, LogFields {}

/** From what an archive was built that was released. */
export interface LoggedStatement extends LogFields {
  readonly statement: ProvenanceStatement;
}

/** A change in words, such as `auth reserved concurrency from 80 to 0`. */
export function formatChange(change: ConcurrencyChange): string {
  const { function: id, from, to } = change;
  const which = change.concurrency === "reserved" ? "reserved" : `${change.qualifier} provisioned`;
  return `${id} ${which} concurrency from ${from ?? "none"} to ${to}`;
}

/** The commit that an archive was built from, according to the log. */
export const findCommit = (history: readonly LoggedEvent[], sha256: string): string | undefined =>
  history.find((event) => event.sha256 === sha256 && event.commit !== undefined)?.commit;

/**
 * All events of releases are in one stream, so that one call reads the newest. Those of `ops traffic` are in another one: a rollback
 * chooses by the newest event of a release, also in earlier checkouts of this repository. So are statements of provenance.
 */
type LogStream = "releases" | "traffic" | "provenance";

/** Two for each release: enough for two years, at a release a week. */
const maxStatements = 200;

/** What a statement is about, without the time and the place of the build. */
const toIdentity = (statement: ProvenanceStatement): string =>
  JSON.stringify([statement.subject, getStatedCommit(statement)]);

/** The log must not delay a rollback for long. */
const clientLimits = { maxAttempts: 1, requestHandler: createRequestLimits(3_000) };

/** Who released what in an environment, or stopped its traffic, and when: events that no one can change or delete. */
export class ReleaseLog {
  readonly #environment: DeployedEnvironment;
  readonly #logs: CloudWatchLogsClient;
  readonly #sts: STSClient;
  #caller: Promise<string> | undefined;

  /** @param profile in the AWS configuration. @default the SDK's default credentials */
  constructor(environment: DeployedEnvironment, profile?: string) {
    const config = { region: getEnvironment(environment).region, ...withProfile(profile), ...clientLimits };
    this.#environment = environment;
    this.#logs = new CloudWatchLogsClient(config);
    this.#sts = new STSClient(config);
  }

  /** @throws an error of the SDK, if AWS refuses the call */
  append(event: ReleaseEvent | TrafficEvent): Promise<void> {
    return this.#append("changes" in event ? "traffic" : "releases", event);
  }

  /**
   * Appends the statements that the log does not have yet. They stay when the archives are promoted or deleted.
   * @throws an error of the SDK, if AWS refuses the call
   */
  async appendStatements(statements: readonly ProvenanceStatement[]): Promise<void> {
    if (statements.length === 0) return;
    const logged = new Set((await this.readStatements()).map(({ statement }) => toIdentity(statement)));
    for (const statement of statements) {
      if (!logged.has(toIdentity(statement))) await this.#append("provenance", { statement });
    }
  }

  /**
   * The newest statements of provenance, newest first.
   * @throws an error of the SDK, if AWS refuses the call
   */
  readStatements(): Promise<LoggedStatement[]> {
    return this.#read("provenance", maxStatements);
  }

  async #append(
    name: LogStream,
    content: ReleaseEvent | TrafficEvent | Pick<LoggedStatement, "statement">,
  ): Promise<void> {
    const stream = this.#getStream(name);
    this.#caller ??= this.#sts.send(new GetCallerIdentityCommand()).then(({ Arn }) => Arn!);
    const now = new Date();
    const line: LogFields = { at: now.toISOString(), by: await this.#caller, ...content };
    const put = () =>
      this.#logs.send(
        new PutLogEventsCommand({
          ...stream,
          logEvents: [{ timestamp: now.getTime(), message: JSON.stringify(line) }],
        }),
      );
    try {
      await put();
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) throw error;
      await this.#logs.send(new CreateLogStreamCommand(stream)).catch((refusal: unknown) => {
        // Another user has just written the first event.
        if (!(refusal instanceof ResourceAlreadyExistsException)) throw refusal;
      });
      await put();
    }
  }

  /** Appends an event. If that fails, it only warns. */
  async tryAppend(event: ReleaseEvent | TrafficEvent, warn: (line: string) => void): Promise<void> {
    await this.append(event).catch((error: unknown) =>
      warn(
        `The release log has no line "${event.event}". ${describeAwsFailure("AWS CloudWatch Logs", error)} ` +
          "Report in the incident channel what you did.",
      ),
    );
  }

  /**
   * The newest events of releases and rollbacks, newest first; none if the log is empty.
   * @param limit maximum number of events
   * @throws an error of the SDK, if AWS refuses the call
   */
  read(limit: number): Promise<LoggedEvent[]> {
    return this.#read("releases", limit);
  }

  #getStream(logStreamName: LogStream) {
    return { logGroupName: releaseLogName(this.#environment), logStreamName };
  }

  async #read<Logged>(stream: LogStream, limit: number): Promise<Logged[]> {
    const found: Logged[] = [];
    let token: string | undefined;
    try {
      // A page can be empty with more events behind it. Only a repeated token is the end:
      // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
      for (let isEnd = false; !isEnd && found.length < limit; ) {
        const { events = [], nextBackwardToken } = await this.#logs.send(
          new GetLogEventsCommand({
            ...this.#getStream(stream),
            startFromHead: false,
            limit: limit - found.length,
            nextToken: token,
          }),
        );
        found.push(...events.map(({ message }) => JSON.parse(message!) as Logged).reverse());
        isEnd = nextBackwardToken === token;
        token = nextBackwardToken;
      }
      return found;
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return [];
      throw error;
    }
  }

  /**
   * Reads the log. If that fails, it only warns.
   * @param consequence what the failure means for the command, as a sentence
   */
  tryRead(limit: number, warn: (line: string) => void, consequence: string): Promise<LoggedEvent[] | undefined> {
    return this.#warnOnFailure(this.read(limit), warn, consequence);
  }

  /** Reads the statements of provenance, see {@link tryRead}. */
  tryReadStatements(warn: (line: string) => void, consequence: string): Promise<LoggedStatement[] | undefined> {
    return this.#warnOnFailure(this.readStatements(), warn, consequence);
  }

  /** Reads the events of `ops traffic`, see {@link tryRead}. */
  tryReadTraffic(
    limit: number,
    warn: (line: string) => void,
    consequence: string,
  ): Promise<LoggedTrafficEvent[] | undefined> {
    return this.#warnOnFailure(this.#read("traffic", limit), warn, consequence);
  }

  #warnOnFailure<Logged>(
    read: Promise<Logged>,
    warn: (line: string) => void,
    consequence: string,
  ): Promise<Logged | undefined> {
    return read.catch((error: unknown) => {
      const failure = describeAwsFailure("AWS CloudWatch Logs", error);
      warn(`The release log of ${this.#environment} was not read. ${failure} ${consequence}`);
      return undefined;
    });
  }
}
