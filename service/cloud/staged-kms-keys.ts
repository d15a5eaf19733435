import type { KMSClient } from "@aws-sdk/client-kms";
import { kmsSigningKey } from "../auth/kms-signing-key.ts";
import type { SigningKey, StagedKeys } from "../auth/signing-keys.ts";
import type { StagedKeyArns } from "../contract.ts";
import { createKmsClient } from "../platform/kms.ts";
import type { Tracing } from "../platform/tracing.ts";

/** Keys in KMS by stage. A key's public half never changes, so KMS is asked for it once. */
export class StagedKmsKeys {
  readonly #kms: KMSClient;
  readonly #keys = new Map<string, SigningKey>();

  constructor(tracing: Tracing) {
    this.#kms = createKmsClient(tracing);
  }

  /** @param parameter a {@link StagedKeyArns}, as JSON */
  async at(parameter: string): Promise<StagedKeys> {
    const arns = JSON.parse(parameter) as StagedKeyArns;
    const [current, next, previous] = await Promise.all([
      this.#key(arns.current),
      arns.next && this.#key(arns.next),
      arns.previous && this.#key(arns.previous),
    ]);
    return { current, next: next || undefined, previous: previous || undefined };
  }

  async #key(arn: string): Promise<SigningKey> {
    const known = this.#keys.get(arn) ?? (await kmsSigningKey(this.#kms, arn));
    this.#keys.set(arn, known);
    return known;
  }
}
