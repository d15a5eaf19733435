import { type DeployedEnvironment, releaseLogName } from "../../../service/contract.ts";
import { parseJson } from "../../../service/platform/parse-json.ts";
import { environments } from "../../../stacks/environments.ts";
import { serviceError, signedPost } from "../signed-post.ts";
import type { ReleasedFunction } from "./functions.ts";

/** Where a function was, and where it was to go. */
export interface LoggedMove {
  readonly function: ReleasedFunction;
  /** The version that served; several while a release goes on. */
  readonly from: readonly number[];
  readonly to: number;
}

/** One step of a release or a rollback. */
export interface ReleaseStep {
  readonly what:
    | "release begun"
    | "release done"
    | "release put back"
    | "release stopped"
    | "rollback begun"
    | "rollback done"
    | "rollback stopped";
  readonly moves: readonly LoggedMove[];
  /** Base64 of the SHA-256 sum of the archive that was to run. */
  readonly sha256: string;
  /** The commit that the archive was built from. @default not known */
  readonly commit?: string;
}

export interface LoggedStep extends ReleaseStep {
  /** When, in ISO 8601. */
  readonly at: string;
  /** ARN of who did it, as AWS knows them. */
  readonly by: string;
}

/** The commit that an archive was built from, by lines of the log. */
export const commitOf = (history: readonly LoggedStep[], sha256: string): string | undefined =>
  history.find((step) => step.sha256 === sha256 && step.commit !== undefined)?.commit;

/** All lines are in one stream: the newest of it are read at once, however many years it holds. */
const stream = "releases";

/** A log that does not answer may not hold a rollback up for long. */
const answerMilliseconds = 3_000;

/** Who released what and when, in an environment: lines that nobody can change or take away. */
export class ReleaseLog {
  readonly #group: string;
  readonly #region: string;
  readonly #profile: string | undefined;
  #caller: Promise<string> | undefined;

  /** @param profile of AWS's configuration, whose credentials are taken. @default those that the SDK finds */
  constructor(environment: DeployedEnvironment, profile?: string) {
    this.#profile = profile;
    this.#group = releaseLogName(environment);
    this.#region = environments[environment].region;
  }

  /** @throws an error as the SDK's, if AWS refuses */
  async append(step: ReleaseStep): Promise<void> {
    this.#caller ??= this.#askCaller();
    const now = new Date();
    const line: LoggedStep = { at: now.toISOString(), by: await this.#caller, ...step };
    const put = () =>
      this.#call("PutLogEvents", {
        logStreamName: stream,
        logEvents: [{ timestamp: now.getTime(), message: JSON.stringify(line) }],
      });
    try {
      await put();
    } catch (error) {
      if ((error as Error).name !== "ResourceNotFoundException") throw error;
      await this.#makeStream();
      await put();
    }
  }

  /**
   * The newest steps, newest first; none, if there was none yet.
   * @param limit how many at the most
   */
  async read(limit: number): Promise<LoggedStep[]> {
    try {
      const { events } = await this.#call<{ events: { message: string }[] }>("GetLogEvents", {
        logStreamName: stream,
        startFromHead: false,
        limit,
      });
      return events.map(({ message }) => JSON.parse(message) as LoggedStep).reverse();
    } catch (error) {
      if ((error as Error).name === "ResourceNotFoundException") return [];
      throw error;
    }
  }

  async #makeStream(): Promise<void> {
    try {
      await this.#call("CreateLogStream", { logStreamName: stream });
    } catch (error) {
      // Somebody else wrote the first line just now.
      if ((error as Error).name !== "ResourceAlreadyExistsException") throw error;
    }
  }

  /** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html */
  async #call<Answer>(action: string, input: object): Promise<Answer> {
    const response = await signedPost({
      service: "logs",
      region: this.#region,
      profile: this.#profile,
      endpoint: `https://logs.${this.#region}.amazonaws.com`,
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": `Logs_20140328.${action}`,
      },
      body: JSON.stringify({ logGroupName: this.#group, ...input }),
      timeoutMilliseconds: answerMilliseconds,
    });
    const text = await response.text();
    if (response.ok) return JSON.parse(text || "{}");
    const problem = (parseJson(text) ?? {}) as { __type?: string; message?: string };
    const { __type = `${response.status}`, message = text } = problem;
    throw serviceError(__type.slice(__type.indexOf("#") + 1), message);
  }

  async #askCaller(): Promise<string> {
    const response = await signedPost({
      service: "sts",
      region: this.#region,
      profile: this.#profile,
      endpoint: `https://sts.${this.#region}.amazonaws.com`,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "Action=GetCallerIdentity&Version=2011-06-15",
      timeoutMilliseconds: answerMilliseconds,
    });
    const text = await response.text();
    const arn = /<Arn>([^<]+)</.exec(text)?.[1];
    if (arn) return arn;
    throw serviceError(/<Code>([^<]+)</.exec(text)?.[1] ?? `${response.status}`, text);
  }
}
