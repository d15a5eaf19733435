import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { promisify } from "node:util";
import { describePublicKey, type SigningKey } from "../auth/signing-keys.ts";
import { secretFile } from "./secret-file.ts";

const signAsync = promisify(sign);

/** An RSA-2048 key in a PEM file, instead of KMS. It is created at the first start. */
export async function fileSigningKey(path: string): Promise<SigningKey> {
  const privateKey = await secretFile(path, {
    create: () =>
      generateKeyPairSync("rsa", { modulusLength: 2048 })
        .privateKey.export({ format: "pem", type: "pkcs8" })
        .toString(),
    parse(text) {
      const key = createPrivateKey(text);
      if (key.asymmetricKeyType !== "rsa") throw new Error("it does not contain an RSA key");
      return key;
    },
  });
  const publicKey = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return {
    ...(await describePublicKey(publicKey)),
    sign: (data) => signAsync("sha256", data, privateKey),
    async ping() {},
  };
}
