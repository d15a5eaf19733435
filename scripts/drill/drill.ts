import { execFile } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import type { Manifest } from "../backup/manifest.ts";
import { repositoryRoot } from "../build/archive.ts";
import type { Progress } from "../cli/progress.ts";
import type { AlarmRoute } from "./alarm-route.ts";
import { Traffic } from "./api-client.ts";
import { type Check, type CheckResults, checkService, createProbe, type Probe } from "./checks.ts";
import type { DrillTarget } from "./drill-target.ts";
import { LocalEnvironment } from "./local-environment.ts";
import { formatBriefing, waitForPerson } from "./practice.ts";
import { getSection, readRunbook } from "./runbook.ts";
import { RunbookRunner } from "./runbook-runner.ts";
import { type Seed, seed } from "./seed.ts";
import { type Milestones, type Phase, type PhaseKind, Timeline } from "./timeline.ts";

export interface DrillOptions {
  /** Prepares the environment of the disaster. */
  readonly open: () => Promise<DrillTarget>;
  /** Number of activities that are written in bulk before the disaster. */
  readonly documents: number;
  /** For how long users write after the backup, before the disaster. */
  readonly writeSeconds: number;
  /** Duration of an outage that ends by itself. */
  readonly outageSeconds: number;
  /**
   * A folder, or `s3://bucket/prefix` on the emulator.
   * @default the target's own
   */
  readonly backupLocation?: string;
  /**
   * Lets a person follow the runbook.
   * @default the drill runs its commands
   */
  readonly manual?: boolean;
  /** Is called at the end of each phase. */
  readonly onPhase: (phase: Phase) => void;
  /** @default no progress within a phase is reported */
  readonly progress?: Progress;
  /** Stops the drill, which then removes what it created. */
  readonly signal: AbortSignal;
}

/** How a drill follows a runbook. */
export interface Following {
  /** What the person decides, as the runbook asks. A person who practises is not told. */
  readonly decided?: Record<string, string>;
  /** Further variables of the shell. */
  readonly exported?: Record<string, string>;
  /**
   * Numbers of the steps.
   * @default all
   */
  readonly steps?: readonly number[];
  /**
   * When a person who practises returns to the drill, such as `after step 3`.
   * @default at the end of the runbook
   */
  readonly until?: string;
}

/** A disaster in an environment, and the recovery from it: the steps that scenarios consist of. */
export class Drill {
  readonly options: DrillOptions;
  readonly timeline: Timeline;
  readonly milestones: Milestones = {};
  readonly traffic = new Traffic();
  results: CheckResults = { checks: [], lost: [] };
  /** The first runbook that was followed after those of the route. */
  runbook?: string;
  target!: DrillTarget;
  seed!: Seed;
  backupLocation!: string;
  #probe!: Probe;
  #runner?: RunbookRunner;
  /** Writes confirmed before this must survive the disaster: all, unless a backup restores them. */
  #recoveryPoint = Number.POSITIVE_INFINITY;

  readonly #scenario: AlarmRoute;

  constructor(options: DrillOptions, scenario: AlarmRoute) {
    this.options = options;
    this.#scenario = scenario;
    this.timeline = new Timeline(Date.now, options.onPhase, options.progress);
  }

  /** Prepares the environment and fills its database. Users start to write. */
  async start(): Promise<void> {
    const { open, documents, backupLocation } = this.options;
    await this.measure("the environment is prepared", async () => {
      this.target = await open();
    });
    await this.measure(`${documents} activities are stored`, async () => {
      this.seed = await seed(this.target, documents, this.options.progress);
    });
    this.#probe = await createProbe(this.target.api, this.seed.clients[0]!);
    this.backupLocation = backupLocation ?? (await this.target.getDefaultBackupLocation());
    this.#runner = new RunbookRunner(this.timeline, this.#variables);
    this.traffic.start(this.seed.clients.slice(1));
  }

  /** Creates a backup while users write. The last one before the disaster sets the recovery point. */
  async backUp(): Promise<void> {
    const isBeforeDisaster = this.milestones.disasterAt === undefined;
    await this.measure("a backup is created", async () => {
      const { stdout } = await promisify(execFile)(
        "npm",
        ["run", "-s", "ops", "--", "backup", "create", "--json", "--location", this.backupLocation],
        { cwd: repositoryRoot, env: this.target.variables, maxBuffer: 1e8 },
      );
      const { consistency, startedAt }: Manifest = JSON.parse(stdout);
      if (isBeforeDisaster) this.setRecoveryPoint(consistency.snapshot ? consistency.at : startedAt);
    });
  }

  /** @param time ISO 8601: all writes confirmed before it must survive the disaster */
  setRecoveryPoint(time: string): void {
    this.#recoveryPoint = Date.parse(time);
  }

  /** Lets users write for some time. */
  async keepWriting(): Promise<void> {
    await this.measure("users write", () => wait(this.options.writeSeconds * 1_000), "preparation");
  }

  /** @param what the disaster, as a sentence without its full stop */
  async causeDisaster(what: string, work: () => Promise<unknown>): Promise<void> {
    this.milestones.disasterAt = Date.now();
    await this.measure(what, work);
  }

  /**
   * Waits for the detection, and follows the runbooks to which the alarm leads. A person finds them.
   * @param work waits for the detection. @default waits for the probe
   */
  async detect(work = () => this.#probe.waitForFailure()): Promise<void> {
    await this.measure("the disaster is detected", work);
    this.milestones.detectedAt = Date.now();
    if (this.options.manual) return;
    for (const { name, steps, decided } of this.#scenario.route ?? []) {
      await this.#runner!.followRunbook(name, { ...decided }, steps);
    }
  }

  /**
   * Measures any other phase.
   * @param kind by default, preparation before the disaster and outage after it
   */
  async measure(what: string, work: () => Promise<unknown>, kind?: PhaseKind): Promise<void> {
    const defaultKind = this.milestones.disasterAt === undefined ? "preparation" : "outage";
    await this.timeline.measure(what, kind ?? defaultKind, work);
  }

  get localEnvironment(): LocalEnvironment {
    if (this.target instanceof LocalEnvironment) return this.target;
    throw new Error("This scenario needs a local environment.");
  }

  /** Commands of runbooks that were not run. */
  get skippedCommands(): readonly string[] {
    return this.#runner?.skippedCommands ?? [];
  }

  /** Runs the commands of a runbook, see {@link RunbookRunner.followRunbook}, or waits until a person has done so. */
  async followRunbook(runbook: string, { decided, exported, steps, until }: Following = {}): Promise<void> {
    const isFirst = this.runbook === undefined;
    this.runbook ??= runbook;
    if (!this.options.manual) return this.#runner!.followRunbook(runbook, { ...exported, ...decided }, steps);
    const briefing = isFirst ? this.#getBriefing(runbook) : [`Continue with runbooks/${runbook}.md.`];
    const work = () => waitForPerson(briefing, { ...this.#variables, ...exported }, this.options.signal, until);
    await this.measure(`${runbook}: manual`, work, "step");
  }

  #getBriefing(runbook: string): string[] {
    const { environment, apiKey } = this.target;
    const since = new Date(this.milestones.disasterAt!).toISOString();
    return formatBriefing({
      ...this.#scenario,
      runbook,
      environment,
      since,
      account: { ...this.seed.clients[0]!.account, apiKey },
    });
  }

  /**
   * Waits until the service is healthy, and checks it. The service has recovered if all checks pass.
   * @param more further checks
   */
  async verifyRecovery(more: () => Promise<Check[]> = async () => []): Promise<void> {
    await this.measure("the service becomes healthy", () => this.#probe.waitForRecovery(), "check");
    await this.traffic.stop();
    const check = async () => {
      const { lost, checks } = await checkService({
        database: this.target.database,
        seed: this.seed,
        confirmed: [...this.seed.confirmed, ...this.traffic.confirmed],
        recoveryPoint: this.#recoveryPoint,
      });
      this.results = { lost, checks: [...checks, ...(await more())] };
    };
    await this.timeline.measure("the service is checked", "check", check, this.#getCheckMinutes());
    if (this.results.checks.every(({ passed }) => passed)) this.milestones.recoveredAt = Date.now();
  }

  /** Removes what the drill has created, also if it did not start completely. */
  async end(): Promise<void> {
    await this.traffic.stop();
    await this.#runner?.close();
    await this.target?.remove();
  }

  /** How long people take for the checks; undefined if a person has just done them, or no runbook was followed. */
  #getCheckMinutes(): number | undefined {
    if (this.options.manual || this.runbook === undefined) return undefined;
    return getSection(readRunbook(this.runbook), "How to check").minutes;
  }

  get #variables(): NodeJS.ProcessEnv {
    return { ...this.target.variables, BACKUP_LOCATION: this.backupLocation };
  }
}
