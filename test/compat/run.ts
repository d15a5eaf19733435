import type { components } from "../../clients/mobile/index.ts";
import { acquireRedisDatabase } from "../../scripts/drill/local-services.ts";
import { deployService } from "../bundle/deployment.ts";
import { Random } from "../clients/mobile/simulation/random.ts";
import { type Checkout, createCheckout, type Patch } from "./checkout.ts";
import { Faults } from "./faults.ts";
import { CompatGateway, phases } from "./gateway.ts";
import { User } from "./user.ts";
import { Version } from "./version.ts";

type Schemas = components["schemas"];

/** Options of {@link runCompatibility}. */
export interface CompatibilityOptions {
  /** Commit of the old version, or its checkout, which then stays. */
  readonly base: string | Checkout;
  /** How long: rounds of all users. */
  readonly rounds: number;
  /** Of the new version. @default none */
  readonly patch?: Patch;
  /** Faults that end the run once it has seen all of them. @default `mostFaults` of any sort end it */
  readonly until?: readonly RegExp[];
  /** Ends the run early. @default never */
  readonly signal?: AbortSignal;
}

/** What a run has seen. */
export interface CompatibilityResult {
  /** A line for each phase. */
  readonly phases: readonly string[];
  /** A line for each sort of fault. */
  readonly faults: readonly string[];
}

/** How many users use the API at the same time. The first stays during the whole run. */
const concurrentUsers = 4;

/**
 * After so many rounds another user leaves, and a new one registers: with 4, some while only the new version has traffic, even in 60
 * rounds, the shortest run of the tests.
 */
const roundsOfVisitor = 4;

/** So many show enough, unless a run waits for certain ones. */
const mostFaults = 100;

/** Runs a commit and this checkout side by side, and shifts the traffic between them. */
export async function runCompatibility(options: CompatibilityOptions): Promise<CompatibilityResult> {
  const cleanUps: (() => Promise<void>)[] = [];
  try {
    const [old, current] = await prepareVersions(options, (cleanUp) => cleanUps.push(cleanUp));
    return await new Run({ old, new: current }, options).run();
  } finally {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  }
}

async function prepareVersions(
  { base, patch }: CompatibilityOptions,
  defer: (cleanUp: () => Promise<void>) => void,
): Promise<[old: Version, current: Version]> {
  const create = async (...of: Parameters<typeof createCheckout>) => {
    const checkout = await createCheckout(...of);
    defer(checkout.remove);
    return checkout;
  };
  const old = typeof base === "string" ? await create(base) : base;
  const current = await create(undefined, patch);
  const redis = await acquireRedisDatabase(process.env.REDIS_URL!);
  defer(() => redis.release());
  const { environment, remove } = await deployService({ redis: redis.url.slice("redis://".length) });
  defer(remove);
  const start = async (...of: Parameters<typeof Version.start>) => {
    const version = await Version.start(...of);
    defer(() => version.stop());
    return version;
  };
  return [await start("old", old, environment), await start("new", current, environment)];
}

class Run {
  readonly #versions: Record<"old" | "new", Version>;
  readonly #options: CompatibilityOptions;
  readonly #faults = new Faults();
  readonly #gateway: CompatGateway;
  readonly #startedAt = Date.now();
  readonly #familiarKinds = new Set<string>();
  #rounds = 0;
  #users = 0;

  constructor(versions: Record<"old" | "new", Version>, options: CompatibilityOptions) {
    this.#versions = versions;
    this.#options = options;
    this.#gateway = new CompatGateway(versions, this.#createRandom("gateway"), this.#getProgress);
  }

  async run(): Promise<CompatibilityResult> {
    const kinds = await this.#versions.old.respond(new Request("https://api.test/v1/activity-kinds"), "192.0.2.1");
    for (const { id } of ((await kinds.json()) as Schemas["ActivityKinds"]).kinds) this.#familiarKinds.add(id);
    await Promise.all(Array.from({ length: concurrentUsers }, (_, place) => this.#occupy(place)));
    const unused = phases.filter((phase) => {
      const { requests } = this.#gateway.traffic.get(phase)!;
      return (phase.newShare > 0 && requests.new === 0) || (phase.newShare < 1 && requests.old === 0);
    });
    if (unused.length > 0 && this.#faults.count === 0) {
      this.#faults.add(`too short: nothing was sent to a version in: ${unused.map(({ name }) => name).join(", ")}`);
    }
    return { phases: this.#describePhases(), faults: this.#faults.lines };
  }

  readonly #getProgress = (): number => this.#rounds / this.#options.rounds;

  get #isOver(): boolean {
    const { signal, until } = this.#options;
    const { lines, count } = this.#faults;
    const isFound = until ? until.every((fault) => lines.some((line) => fault.test(line))) : count >= mostFaults;
    return this.#getProgress() >= 1 || isFound || signal?.aborted === true;
  }

  /** Lets one user after another use the API. */
  async #occupy(place: number): Promise<void> {
    while (!this.#isOver) {
      const number = ++this.#users;
      const { old, new: current } = this.#versions;
      const user = new User({
        number,
        // The account is created by either.
        versions: number % 2 === 0 ? [old, current] : [current, old],
        gateway: this.#gateway,
        faults: this.#faults,
        random: this.#createRandom(`user ${number}`),
        occurredAt: this.#startedAt,
        familiarKinds: this.#familiarKinds,
        getProgress: this.#getProgress,
      });
      await this.#letLive(user, place === 0 ? Number.POSITIVE_INFINITY : roundsOfVisitor).catch((error) =>
        this.#faults.addError("a user", error),
      );
    }
  }

  async #letLive(user: User, rounds: number): Promise<void> {
    if (!(await user.register())) return;
    for (let round = 0; !this.#isOver && round < rounds; round++) {
      await user.useOnce();
      this.#rounds += 1;
    }
    await user.verify();
    await user.leave();
  }

  #createRandom(name: string): Random {
    return new Random(1, name);
  }

  #describePhases(): string[] {
    return phases.map((phase) => {
      const { requests, notModified } = this.#gateway.traffic.get(phase)!;
      const share = `${phase.newShare * 100} % new`;
      return `${phase.name} (${share}): ${requests.old} requests to the old, ${requests.new} to the new version; ${notModified} times 304`;
    });
  }
}
