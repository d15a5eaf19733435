import type { KMSClient } from "@aws-sdk/client-kms";
import { kmsSigningKey } from "../auth/kms-signing-key.ts";
import type { SigningKey, StagedKeys } from "../auth/signing-keys.ts";
import type { StagedKeyArns } from "../contract.ts";
import { createKmsClient } from "../platform/kms.ts";
import type { Logger } from "../platform/logging.ts";
import { type Tracing, untraced } from "../platform/tracing.ts";

/**
 * What KMS says of a key until somebody mends the key, its ARN or the permissions; all else may pass by itself. The errors
 * of https://docs.aws.amazon.com/kms/latest/APIReference/API_GetPublicKey.html, and two that are common to all actions:
 * an ARN of another account is answered as one that we have no right to read.
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
 * Keys in KMS by stage. A key's public half never changes, so KMS is asked for it once: a key that was known is never missed
 * because KMS does not answer.
 */
export class StagedKmsKeys {
  readonly #log: Logger;
  readonly #kms: KMSClient;
  readonly #keys = new Map<string, SigningKey>();
  /** ARNs by stage, of what was said to be left out. */
  readonly #leftOut = new Map<string, string>();

  constructor(log: Logger, tracing: Tracing = untraced) {
    this.#log = log;
    this.#kms = createKmsClient(tracing);
  }

  /**
   * The keys of the stages. A next or previous key that cannot be read for a lasting reason is left out, so that a mistake
   * in one stage does not end all logins.
   *
   * @param parameter a {@link StagedKeyArns}, as JSON
   * @throws what KMS answered, if the current key cannot be read, or another one for a reason that may pass
   */
  async load(parameter: string): Promise<StagedKeys> {
    const arns = JSON.parse(parameter) as StagedKeyArns;
    const [current, next, previous] = await Promise.all([
      this.#key(arns.current),
      this.#readable("next", arns.next),
      this.#readable("previous", arns.previous),
    ]);
    return { current, next, previous };
  }

  async #readable(stage: "next" | "previous", arn: string | undefined): Promise<SigningKey | undefined> {
    try {
      const key = arn ? await this.#key(arn) : undefined;
      this.#leftOut.delete(stage);
      return key;
    } catch (cause) {
      if (!permanentErrors.has((cause as Error).name)) throw cause;
      if (this.#leftOut.get(stage) !== arn) {
        this.#log.write("error", "a signing key cannot be read; its stage is left out", {
          stage,
          arn,
          cause,
        });
      }
      this.#leftOut.set(stage, arn!);
      return undefined;
    }
  }

  async #key(arn: string): Promise<SigningKey> {
    const known = this.#keys.get(arn) ?? (await kmsSigningKey(this.#kms, arn));
    this.#keys.set(arn, known);
    return known;
  }
}
