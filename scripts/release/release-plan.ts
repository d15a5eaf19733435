import { migrationFunction } from "../../stacks/names.ts";
import type { ReleaseArchives } from "./archive.ts";
import type { FunctionRelease } from "./deploy-context.ts";
import {
  type FunctionStates,
  type ReleasedFunction,
  releasedFunctions,
  type UnversionedFunction,
} from "./functions.ts";
import type { InProgressDeployments } from "./in-progress-deployments.ts";
import { preTrafficFunctionId } from "./pre-traffic/contract.ts";
import type { LoggedEvent } from "./release-log.ts";

/** What an environment runs before a release. */
export interface ReleasedState {
  readonly states: FunctionStates;
  readonly inProgress: InProgressDeployments;
  /** Hashes of the archives of functions without versions. */
  readonly hashes: Readonly<Record<UnversionedFunction, string>>;
}

/** Describes what a release of archives would do, in lines. */
export function formatPlan({ states, hashes }: ReleasedState, { service, preTraffic }: ReleaseArchives): string[] {
  const describe = (hash: string | undefined, other: string | undefined) =>
    hash === other ? "the same archive" : `archive ${hash}`;
  const lines = releasedFunctions.map(
    (id) => `${id}: runs version ${states[id].live.version}, ${describe(getRunningHash(states, id), service.sha256)}`,
  );
  const hook = preTraffic && preTraffic.sha256 !== hashes[preTrafficFunctionId];
  return [
    ...lines,
    `to release: archive ${service.sha256}, commit ${service.commit ?? "unknown"}`,
    `${migrationFunction}: has ${describe(hashes[migrationFunction], service.sha256)}; gets that of the release, and creates missing indexes`,
    `${preTrafficFunctionId}: ${hook ? `gets archive ${preTraffic.sha256}` : "keeps its archive"}`,
  ];
}

/**
 * Functions for which a release of an archive must create a deployment. A function that runs the archive with other settings is
 * missing: only a published version shows these.
 */
export const findFunctionsToShift = ({ states, inProgress }: ReleasedState, sha256: string): ReleasedFunction[] =>
  releasedFunctions.filter((id) => !inProgress[id] && getRunningHash(states, id) !== sha256);

/** @param interrupted the last event of this archive: after an interruption, it has the version before the shift */
export function toFunctionRelease(
  to: number,
  id: ReleasedFunction,
  { states, inProgress }: ReleasedState,
  interrupted: LoggedEvent | undefined,
): FunctionRelease {
  const { id: deploymentId, versions } = inProgress[id] ?? {};
  if (deploymentId && versions) return { function: id, from: versions.from, to, deploymentId, isDone: false };
  const { version } = states[id].live;
  if (version !== to) return { function: id, from: version, to, isDone: false };
  const isOpen = interrupted?.event === "release started" || interrupted?.event === "release failed";
  const before = interrupted?.shifts.find((shift) => shift.function === id && shift.to === to)?.from[0];
  return { function: id, from: isOpen && before !== undefined ? before : to, to, isDone: true };
}

const getRunningHash = (states: FunctionStates, id: ReleasedFunction): string | undefined => {
  const { live, versions } = states[id];
  return versions.find(({ version }) => version === live.version)?.sha256;
};
