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
import { environments } from "../../stacks/environments/index.ts";
import { releaseLogName } from "../../stacks/names.ts";
import { createRequestLimits } from "../aws/request-limits.ts";
import type { ReleasedFunction } from "./functions.ts";

/** Where a function was, and where it was to go. */
export interface TrafficShift {
  readonly function: ReleasedFunction;
  /** The version that served; several while a release goes on. */
  readonly from: readonly number[];
  readonly to: number;
}

/** One step of a release or a rollback. */
export interface ReleaseEvent {
  readonly event:
    | "release begun"
    | "release done"
    | "release put back"
    | "release stopped"
    | "rollback begun"
    | "rollback done"
    | "rollback stopped";
  readonly shifts: readonly TrafficShift[];
  /** Base64 of the SHA-256 sum of the archive that was to run. */
  readonly sha256: string;
  /** The commit that the archive was built from. @default not known */
  readonly commit?: string;
}

export interface LoggedEvent extends ReleaseEvent {
  /** When, in ISO 8601. */
  readonly at: string;
  /** ARN of who did it, as AWS knows them. */
  readonly by: string;
}

/** The commit that an archive was built from, by lines of the log. */
export const findCommit = (history: readonly LoggedEvent[], sha256: string): string | undefined =>
  history.find((step) => step.sha256 === sha256 && step.commit !== undefined)?.commit;

/** All lines are in one stream: the newest of it are read at once, however many years it holds. */
const logStreamName = "releases";

/** A log that does not answer may not hold a rollback up for long. */
const clientLimits = {
  maxAttempts: 1,
  requestHandler: createRequestLimits(3_000),
};

/** Who released what and when, in an environment: lines that nobody can change or take away. */
export class ReleaseLog {
  readonly #stream: { readonly logGroupName: string; readonly logStreamName: string };
  readonly #logs: CloudWatchLogsClient;
  readonly #sts: STSClient;
  #caller: Promise<string> | undefined;

  /** @param profile of AWS's configuration, whose credentials are taken. @default those that the SDK finds */
  constructor(environment: DeployedEnvironment, profile?: string) {
    const access = { region: environments[environment].region, ...(profile && { profile }) };
    this.#stream = { logGroupName: releaseLogName(environment), logStreamName };
    this.#logs = new CloudWatchLogsClient({ ...access, ...clientLimits });
    this.#sts = new STSClient({ ...access, ...clientLimits });
  }

  /** @throws an error of the SDK, if AWS refuses */
  async append(step: ReleaseEvent): Promise<void> {
    this.#caller ??= this.#sts.send(new GetCallerIdentityCommand()).then(({ Arn }) => Arn!);
    const now = new Date();
    const line: LoggedEvent = { at: now.toISOString(), by: await this.#caller, ...step };
    const put = () =>
      this.#logs.send(
        new PutLogEventsCommand({
          ...this.#stream,
          logEvents: [{ timestamp: now.getTime(), message: JSON.stringify(line) }],
        }),
      );
    try {
      await put();
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) throw error;
      await this.#makeStream();
      await put();
    }
  }

  /**
   * The newest steps, newest first; none, if there was none yet.
   * @param limit how many at the most
   */
  async read(limit: number): Promise<LoggedEvent[]> {
    try {
      const { events = [] } = await this.#logs.send(
        new GetLogEventsCommand({ ...this.#stream, startFromHead: false, limit }),
      );
      return events.map(({ message }) => JSON.parse(message!) as LoggedEvent).reverse();
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return [];
      throw error;
    }
  }

  async #makeStream(): Promise<void> {
    try {
      await this.#logs.send(new CreateLogStreamCommand(this.#stream));
    } catch (error) {
      // Somebody else wrote the first line just now.
      if (!(error instanceof ResourceAlreadyExistsException)) throw error;
    }
  }
}
