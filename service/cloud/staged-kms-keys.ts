import type { KMSClient } from "@aws-sdk/client-kms";
import { kmsSigningKey } from "../auth/kms-signing-key.ts";
import type { SigningKey, StagedKeys } from "../auth/signing-keys.ts";
import { ConfigurationError } from "../config.ts";
import { parameters, type StagedKeyArns } from "../contract.ts";
import { type Clock, systemClock } from "../platform/clock.ts";
import { createKmsClient } from "../platform/kms.ts";
import type { Logger } from "../platform/logging.ts";
import { parseJson } from "../platform/parse-json.ts";
import { defaultTimeouts, type Timeouts } from "../platform/timeouts.ts";
import { type Tracing, untraced } from "../platform/tracing.ts";

/**
 * Errors of KMS that last until an operator fixes the key, its ARN or the permissions. All others may be temporary. They are those
 * of https://docs.aws.amazon.com/kms/latest/APIReference/API_GetPublicKey.html and two that are common to all actions. An ARN of
 * another account causes the error of a missing permission.
 */
const permanentErrors = new Set([
  "AccessDeniedException",
  "DisabledException",
  "InvalidArnException",
  "InvalidKeyUsageException",
  "KMSInvalidStateException",
  "NotFoundException",
  "UnsupportedOperationException",
  "ValidationException",
]);

/**
 * Keys in KMS by stage. A public key never changes, so it is read from KMS once: a known key stays available while KMS does not
 * respond.
 */
export class StagedKmsKeys {
  readonly #log: Logger;
  readonly #timeouts: Timeouts;
  readonly #kms: KMSClient;
  readonly #keys = new Map<string, SigningKey>();
  /** ARNs that are skipped and logged, by stage. */
  readonly #skipped = new Map<string, string>();

  constructor(log: Logger, tracing: Tracing = untraced, timeouts = defaultTimeouts, clock: Clock = systemClock) {
    this.#log = log;
    this.#timeouts = timeouts;
    this.#kms = createKmsClient(tracing, timeouts, clock);
  }

  /**
   * The keys of the stages. A next or previous key with a permanent error is skipped, so that a mistake in one stage does not stop
   * all logins.
   *
   * @param parameter a {@link StagedKeyArns}, as JSON
   * @throws {ConfigurationError} if the parameter names no current key
   * @throws the error of KMS, if the current key cannot be read, or another key because of a temporary error
   */
  async load(parameter: string): Promise<StagedKeys> {
    const arns = parseStages(parameter);
    const [current, next, previous] = await Promise.all([
      this.#key(arns.current),
      this.#keyUnlessBroken("next", arns.next),
      this.#keyUnlessBroken("previous", arns.previous),
    ]);
    return { current, next, previous };
  }

  async #keyUnlessBroken(stage: "next" | "previous", arn: string | undefined): Promise<SigningKey | undefined> {
    try {
      const key = arn ? await this.#key(arn) : undefined;
      this.#skipped.delete(stage);
      return key;
    } catch (cause) {
      if (!permanentErrors.has((cause as Error).name)) throw cause;
      if (this.#skipped.get(stage) !== arn) {
        this.#log.write("error", "a signing key cannot be read; its stage is skipped", { stage, arn, cause });
      }
      this.#skipped.set(stage, arn!);
      return undefined;
    }
  }

  async #key(arn: string): Promise<SigningKey> {
    const known = this.#keys.get(arn) ?? (await kmsSigningKey(this.#kms, arn, this.#timeouts));
    this.#keys.set(arn, known);
    return known;
  }
}

/** Only the current key is required. KMS itself refuses an ARN that is none. */
function parseStages(parameter: string): StagedKeyArns {
  const stages = parseJson(parameter) as Partial<StagedKeyArns> | null | undefined;
  if (typeof stages?.current === "string") return stages as StagedKeyArns;
  throw new ConfigurationError(
    `The SSM parameter ${parameters.jwtSigningKeys} names no current key. Correct it; docs/signing-keys.md says how.`,
  );
}
