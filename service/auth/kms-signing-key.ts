import { GetPublicKeyCommand, type KMSClient, SignCommand } from "@aws-sdk/client-kms";
import { describePublicKey, type SigningKey } from "./signing-keys.ts";

/**
 * An RSA-2048 key in AWS KMS.
 * @param keyId a key's id, ARN or alias
 */
export async function kmsSigningKey(kms: KMSClient, keyId: string): Promise<SigningKey> {
  const getPublicKey = () => kms.send(new GetPublicKeyCommand({ KeyId: keyId }));
  const { PublicKey } = await getPublicKey();
  return {
    ...(await describePublicKey(PublicKey!)),
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
      return Signature!;
    },
    async ping() {
      await getPublicKey();
    },
  };
}
