import { Hash } from "@smithy/core/serde";
import { SignatureV4 } from "@smithy/signature-v4";
import { required } from "../config.ts";
import { environmentCredentials } from "./credentials.ts";

/** ElastiCache accepts a token for 15 minutes after its signature. */
const tokenSeconds = 900;

/**
 * A user name and short-lived token with which an IAM user connects to ElastiCache: a presigned request that is never sent. See
 * "Authenticating with IAM" in the ElastiCache user guide.
 */
export async function cacheCredentials({ cacheName, userName }: { cacheName: string; userName: string }) {
  const signer = new SignatureV4({
    service: "elasticache",
    region: required(process.env, "AWS_REGION"),
    credentials: environmentCredentials(),
    sha256: Hash.bind(null, "sha256"),
  });
  const { query } = await signer.presign(
    {
      method: "GET",
      protocol: "http:",
      hostname: cacheName,
      path: "/",
      headers: { host: cacheName },
      query: { Action: "connect", User: userName },
    },
    { expiresIn: tokenSeconds },
  );
  const search = new URLSearchParams(query as Record<string, string>);
  // The token is the signed URL without its scheme.
  return { username: userName, password: `${cacheName}/?${search}` };
}
