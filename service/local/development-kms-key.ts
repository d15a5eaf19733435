import {
  CreateAliasCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  KMSClient,
  type KMSClientConfig,
  NotFoundException,
} from "@aws-sdk/client-kms";
import { kmsSigningKey } from "../auth/kms-signing-key.ts";
import type { SigningKey } from "../auth/signing-keys.ts";
import { namePrefix } from "../company.ts";
import { ConfigurationError } from "../config.ts";

const alias = `alias/${namePrefix}-development-jwt`;

/**
 * The development key in the KMS at an endpoint. An emulator starts empty, so the key is created there. The server never changes a
 * real account.
 *
 * @throws {ConfigurationError} if a KMS on another machine has no such key
 */
export async function developmentKmsKey(endpoint: string): Promise<SigningKey> {
  // The warning that the SDK will need Node 22 is for deployments, https://github.com/aws/aws-sdk-js-v3/issues/7983.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  const kms = new KMSClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 1_500, throwOnRequestTimeout: true },
    ...(isLoopback(endpoint) && emulatorDefaults(process.env)),
  });
  try {
    await kms.send(new DescribeKeyCommand({ KeyId: alias }));
  } catch (error) {
    if (!(error instanceof NotFoundException)) throw error;
    if (!isLoopback(endpoint)) {
      throw new ConfigurationError(
        `The KMS at ${endpoint} (AWS_ENDPOINT_URL) has no key ${alias}. The server creates keys only on this machine. ` +
          "Create an RSA_2048 key for SIGN_VERIFY with that alias, or unset AWS_ENDPOINT_URL.",
      );
    }
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({ KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" }));
    await kms.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: KeyMetadata!.KeyId! }));
  }
  return kmsSigningKey(kms, alias);
}

const isLoopback = (endpoint: string) => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(endpoint).hostname);

/** An emulator accepts any region and credentials, but the SDK sends nothing without them. */
const emulatorDefaults = ({ AWS_PROFILE, AWS_REGION, AWS_ACCESS_KEY_ID }: NodeJS.ProcessEnv) =>
  ({
    ...(!AWS_PROFILE && !AWS_REGION && { region: "eu-west-1" }),
    ...(!AWS_PROFILE && !AWS_ACCESS_KEY_ID && { credentials: { accessKeyId: "test", secretAccessKey: "test" } }),
  }) satisfies KMSClientConfig;
