import { GetPublicKeyCommand, type KMSClient, SignCommand } from "@aws-sdk/client-kms";
import { type AwsCallOptions, callAws } from "../platform/aws-call.ts";
import { UnavailableError } from "../platform/deadline.ts";
import { defaultTimeouts } from "../platform/timeouts.ts";
import { describePublicKey, type SigningKey } from "./signing-keys.ts";

/**
 * An RSA-2048 key in AWS KMS.
 * @param keyId a key's id, ARN or alias
 */
export async function kmsSigningKey(kms: KMSClient, keyId: string, timeouts = defaultTimeouts): Promise<SigningKey> {
  const call = <Output>(send: (options: AwsCallOptions) => Promise<Output>) => callAws("KMS", timeouts, send);
  const getPublicKey = async () => {
    const { PublicKey } = await call((options) => kms.send(new GetPublicKeyCommand({ KeyId: keyId }), options));
    if (!PublicKey?.length) throw new UnavailableError("KMS's response contains no public key");
    return PublicKey;
  };
  return {
    ...(await describePublicKey(await getPublicKey())),
    async sign(data) {
      const command = new SignCommand({
        KeyId: keyId,
        // KMS hashes the message itself, as long as it has at most 4,096 bytes; a token has about 500.
        Message: data,
        MessageType: "RAW",
        SigningAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256",
      });
      const { Signature } = await call((options) => kms.send(command, options));
      if (!Signature?.length) throw new UnavailableError("KMS's response contains no signature");
      return Signature;
    },
    async ping() {
      await getPublicKey();
    },
  };
}
