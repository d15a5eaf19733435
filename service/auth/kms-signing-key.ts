import { GetPublicKeyCommand, type KMSClient, SignCommand } from "@aws-sdk/client-kms";
import { UnavailableError } from "../platform/deadline.ts";
import { describePublicKey, type SigningKey } from "./signing-keys.ts";

/**
 * An RSA-2048 key in AWS KMS.
 * @param keyId a key's id, ARN or alias
 */
export async function kmsSigningKey(kms: KMSClient, keyId: string): Promise<SigningKey> {
  const getPublicKey = async () => {
    const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId: keyId }));
    if (!PublicKey?.length) throw new UnavailableError("KMS's response contains no public key");
    return PublicKey;
  };
  return {
    ...(await describePublicKey(await getPublicKey())),
    async sign(data) {
      const { Signature } = await kms.send(
        new SignCommand({
          KeyId: keyId,
          // KMS hashes the message itself, as long as it has at most 4,096 bytes; a token has about 500.
          Message: data,
          MessageType: "RAW",
          SigningAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256",
        }),
      );
      if (!Signature?.length) throw new UnavailableError("KMS's response contains no signature");
      return Signature;
    },
    async ping() {
      await getPublicKey();
    },
  };
}
