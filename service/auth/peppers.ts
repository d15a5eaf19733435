import { minPepperBytes } from "../contract.ts";
import type { Clock } from "../platform/clock.ts";
import { FreshValue, logUnread } from "../platform/fresh-value.ts";
import type { Logger } from "../platform/logging.ts";
import { parseJson } from "../platform/parse-json.ts";
import type { Timeouts } from "../platform/timeouts.ts";

/**
 * The peppers of an environment: the keys of hashes of refresh tokens, of registrations and of counters. A rotation distributes `next`
 * before anything is stored under it, makes it `current`, and keeps `previous` until the last refresh token under it has expired.
 */
export interface StagedPeppers {
  /** New tokens and hashes are under it. At least 32 secret bytes, as each of them. */
  readonly current: Buffer;
  readonly next?: Buffer | undefined;
  readonly previous?: Buffer | undefined;
}

/**
 * The peppers of a process, read again as requests arrive.
 * @param load reads them as they are staged now
 */
export const createFreshPeppers = (
  load: () => Promise<StagedPeppers>,
  clock: Clock,
  log: Logger,
  { signingKeys: readTimeout }: Timeouts,
): FreshValue<StagedPeppers> => {
  const name = "refresh-token peppers";
  return new FreshValue({ name, load, clock, readTimeout, onFailure: logUnread(log, name) });
};

/** What the parameter `refresh-token-pepper` holds: peppers in base64, by stage. */
export interface PepperParameter {
  readonly current: string;
  readonly next?: string | undefined;
  readonly previous?: string | undefined;
  /** When a stage last changed, in ISO 8601. @default never */
  readonly changedAt?: string | undefined;
}

/** All of them, the current one first. */
export const listPeppers = ({ current, next, previous }: StagedPeppers): Buffer[] =>
  [current, next, previous].filter((pepper) => pepper !== undefined);

/**
 * Parses the parameter: the current pepper, and after a semicolon the other stages as JSON, if there are any. Releases from before the
 * stages read the current pepper of both forms: a decoder of base64 stops at the padding.
 * @returns undefined if it does not have this form
 */
export function parsePepperParameter(value: string): PepperParameter | undefined {
  const [, current, json] = /^([A-Za-z0-9+/]+={0,2})(?:;(.*))?$/s.exec(value.trim()) ?? [];
  const stages = json === undefined ? {} : (parseJson(json) as Record<string, unknown> | null | undefined);
  if (current === undefined || typeof stages !== "object" || stages === null) return undefined;
  const { next, previous, changedAt } = stages;
  const texts = [next, previous, changedAt];
  if (texts.some((each) => each !== undefined && typeof each !== "string")) return undefined;
  return { current, next, previous, changedAt } as PepperParameter;
}

/** The value of the parameter. The current pepper gets a padding if it has none. */
export const formatPepperParameter = ({ current, ...stages }: PepperParameter): string =>
  `${current.endsWith("=") ? current : `${current}=`};${JSON.stringify(stages)}`;

/**
 * The peppers of the parameter.
 * @returns undefined if the parameter is malformed, or a pepper is too short
 */
export function readPeppers(value: string): StagedPeppers | undefined {
  const parameter = parsePepperParameter(value);
  if (!parameter) return undefined;
  const decode = (text: string | undefined) => (text === undefined ? undefined : Buffer.from(text, "base64"));
  const peppers = {
    current: Buffer.from(parameter.current, "base64"),
    next: decode(parameter.next),
    previous: decode(parameter.previous),
  };
  return listPeppers(peppers).every(({ length }) => length >= minPepperBytes) ? peppers : undefined;
}
