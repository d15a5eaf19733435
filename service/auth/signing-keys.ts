import { createPublicKey } from "node:crypto";
import { calculateJwkThumbprint, type JWK } from "jose";

/** A key that signs access tokens. The private half is in KMS or, in development, in a file. */
export interface SigningKey {
  /** Its JWK thumbprint (RFC 7638): a key always has the same id. */
  kid: string;
  /** As published in the JWKS. */
  publicJwk: JWK;
  /** RSASSA-PKCS1-v1_5 with SHA-256 over the given bytes. */
  sign(data: Uint8Array): Promise<Uint8Array>;
  /** Resolves if the key responds. For KMS this is a request, so it is never part of verifying. */
  ping(): Promise<void>;
}

/**
 * The keys of an environment. A rotation publishes `next` before it signs, so that every verifier knows it, makes it `current`,
 * and publishes `previous` until the last token that it signed has expired.
 */
export interface StagedKeys {
  current: SigningKey;
  next?: SigningKey | undefined;
  previous?: SigningKey | undefined;
}

/**
 * Describes an RSA public key for the JWKS.
 * @param publicKey SubjectPublicKeyInfo in DER
 */
export async function describePublicKey(publicKey: Uint8Array): Promise<{ kid: string; publicJwk: JWK }> {
  const key = createPublicKey({ key: Buffer.from(publicKey), format: "der", type: "spki" });
  const jwk = key.export({ format: "jwk" }) as JWK;
  const kid = await calculateJwkThumbprint(jwk);
  return { kid, publicJwk: { ...jwk, kid, use: "sig", alg: "RS256" } };
}
