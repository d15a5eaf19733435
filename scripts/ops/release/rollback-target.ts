import { ConfigurationError } from "../../../service/config.ts";
import type { FunctionStand, FunctionVersion } from "./released-function.ts";

/** Where one function is to go. */
export interface Move {
  readonly stand: FunctionStand;
  readonly to: FunctionVersion;
}

/**
 * The versions to go back to: those of the newest archive before the one that runs, which both functions have. Where the
 * functions run different archives (a release or a rollback that stopped half-way), the older of the two.
 *
 * @param to number of a version of `api` to go to instead
 * @throws {ConfigurationError} if there is nothing to go back to
 */
export function rollbackMoves(api: FunctionStand, auth: FunctionStand, to?: number): Move[] {
  const archive = to === undefined ? previousArchive(api, auth) : archiveOf(api, to);
  return [api, auth].map((stand) => ({
    stand,
    to: newestOf(stand, archive, stand === api ? to : undefined),
  }));
}

function previousArchive(api: FunctionStand, auth: FunctionStand): string {
  if (api.live.archive !== auth.live.archive) {
    if (hadBefore(auth, api.live.archive)) return api.live.archive;
    if (hadBefore(api, auth.live.archive)) return auth.live.archive;
  }
  const previous = before(api).find(
    ({ archive }) =>
      archive !== api.live.archive && before(auth).some((version) => version.archive === archive),
  );
  if (previous) return previous.archive;
  throw new ConfigurationError(
    `There is nothing to roll back to: ${api.name} and ${auth.name} have no earlier version of one common archive that is ` +
      "not the one that runs. Release a version that works.",
  );
}

const before = ({ live, versions }: FunctionStand): FunctionVersion[] =>
  versions.filter(({ number }) => number < live.number);

const hadBefore = (stand: FunctionStand, archive: string): boolean =>
  before(stand).some((version) => version.archive === archive);

function archiveOf({ name, versions }: FunctionStand, to: number): string {
  const version = versions.find(({ number }) => number === to);
  if (version) return version.archive;
  throw new ConfigurationError(
    `${name} has no version ${to}. It has ${versions.map(({ number }) => number).join(", ")}. Choose one of them.`,
  );
}

/** One archive may be in several versions, with other settings; where it runs already, it stays. */
function newestOf(stand: FunctionStand, archive: string, number?: number): FunctionVersion {
  if (number === undefined && stand.live.archive === archive) return stand.live;
  const version = stand.versions.find((each) =>
    number === undefined ? each.archive === archive : each.number === number,
  );
  if (version) return version;
  throw new ConfigurationError(
    `${stand.name} has no version of the archive ${archive}, which the other function would go to: the two must run one ` +
      "archive. Choose another version with --to.",
  );
}
