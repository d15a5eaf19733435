import type { Db } from "mongodb";
import type {
  DeployedEnvironment,
  MigrationOutcome,
  MigrationPlan,
  MigrationProgress,
  MigrationRequest,
  MigrationResult,
} from "../../service/contract.ts";
import { chooseDatabase } from "../../service/local/backends.ts";
import { migrate as migrateDatabase } from "../../service/migrations/migrate.ts";
import { migrationFunction } from "../../stacks/names.ts";
import { invokeFunction } from "../aws/invoke-function.ts";
import type { Log } from "../cli/output.ts";

export interface MigrateOptions {
  /**
   * Invokes the function of this environment.
   * @default the database that the environment variables name
   */
  readonly environment?: DeployedEnvironment;
  /** Only says what it would do. */
  readonly dryRun: boolean;
  /** Also drops the indexes that earlier releases have declared. @default false */
  readonly dropIndexes?: boolean;
  /** Leaves documents as they are. @default false */
  readonly indexesOnly?: boolean;
}

/** How often it says how far it is, without an environment. */
const progressIntervalMs = 5_000;

/** The result of `migrate`, as in its JSON output. */
export type MigrateResult = MigrationResult & {
  /** A description. */
  readonly database: string;
};

/**
 * Creates the missing indexes of a database, and migrates its documents until that is done.
 *
 * @param log receives a line about the database, and lines about the progress and the result
 * @throws {OperatorError} if AWS is unreachable or rejects the call, or the function fails
 */
export async function migrate(
  { environment, dryRun, dropIndexes = false, indexesOnly = false }: MigrateOptions,
  log: Log,
): Promise<MigrateResult> {
  const request: MigrationRequest = dryRun
    ? { dryRun }
    : { documents: !indexesOnly, ...(dropIndexes && { dropIndexes }) };
  if (environment) {
    const invoke = <Result extends MigrationResult>(request: MigrationRequest) =>
      invokeFunction<Result>(environment, migrationFunction, request);
    const { name, region, result } = await invoke<MigrationResult>(request);
    const database = `that of ${environment}, through ${name} in ${region}`;
    log(`database: ${database}`);
    const again = async (since: string) => (await invoke<MigrationOutcome>({ ...request, since })).result;
    const last = await repeat(result, again, log);
    for (const line of toLines(last)) log(line);
    return { database, ...last };
  }
  const { backend: database, description } = await chooseDatabase(process.env);
  try {
    log(`database: ${description}`);
    let loggedAt = Date.now();
    const onProgress = (progress: MigrationProgress) => {
      if (Date.now() < loggedAt + progressIntervalMs) return;
      loggedAt = Date.now();
      log(toLine(progress));
    };
    const result = await migrateDatabase(database, request, { onProgress });
    for (const line of toLines(result)) log(line);
    return { database: description, ...result };
  } finally {
    // The embedded database has no client.
    await (database as Partial<Db>).client?.close();
  }
}

/** Repeats a call until all is done. The result is the last one, with the indexes of all calls. */
async function repeat(
  first: MigrationResult,
  call: (since: string) => Promise<MigrationOutcome>,
  log: Log,
): Promise<MigrationResult> {
  if (isPlan(first)) return first;
  let result = first;
  const created = [...first.created];
  while (!result.done) {
    for (const progress of result.migrations) log(toLine(progress));
    result = await call(first.startedAt);
    created.push(...result.created);
  }
  return { ...result, created };
}

const isPlan = (result: MigrationResult): result is MigrationPlan => "missing" in result;

function toLines(result: MigrationResult): string[] {
  const progress = result.migrations.map(toLine);
  const list = (title: string, names: readonly string[]) => (names.length > 0 ? [`${title} ${names.join(", ")}`] : []);
  if (!isPlan(result)) {
    const { created, dropped } = result;
    return [
      created.length > 0 ? `created ${created.join(", ")}` : "all indexes exist",
      ...list("dropped", dropped),
      ...progress,
    ];
  }
  const { missing, different, toDrop, undeclared } = result;
  return [
    missing.length > 0 ? `would create ${missing.join(", ")}` : "all indexes exist",
    ...different.map((why) => `would fail: ${why}`),
    ...list("would drop with --drop-indexes:", toDrop),
    ...list("undeclared, and kept: collections", undeclared.collections),
    ...list("undeclared, and kept: indexes", undeclared.indexes),
    ...progress,
  ];
}

/** A line about a migration, such as `0001-fold-names: in progress, 5,000 documents read, 4,998 changed, 2 conflicts`. */
function toLine({ name, state, read, changed, conflicts, left }: MigrationProgress): string {
  const count = (number: number) => number.toLocaleString("en");
  return [
    `${name}: ${state}`,
    ...(left === undefined ? [] : [`${count(left)} documents left`]),
    `${count(read)} documents read`,
    `${count(changed)} changed`,
    ...(conflicts > 0 ? [`${count(conflicts)} conflicts`] : []),
  ].join(", ");
}
