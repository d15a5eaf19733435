import { existsSync } from "node:fs";
import { devNull } from "node:os";
import { RehearsalError } from "./errors.ts";

/** Nothing listens here (the discard port), so that what is sent to it goes nowhere, at once. */
const nowhere = "http://127.0.0.1:9";

const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);

/**
 * The emulator that `AWS_ENDPOINT_URL` names, or undefined when it is not set.
 *
 * @throws RehearsalError when it is no loopback address: what is applied there could be a real account.
 */
export function loopbackEndpoint(value: string | undefined): string | undefined {
  if (!value) return undefined;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url && /^https?:$/.test(url.protocol) && isLoopback(url.hostname)) return value;
  throw new RehearsalError(
    `Refused to rehearse on AWS_ENDPOINT_URL=${value}: it is not an http address of this machine. ` +
      "The rehearsal applies and destroys on an emulator and must never reach a real account. " +
      "Point AWS_ENDPOINT_URL at an emulator on 127.0.0.1, or unset it to plan without applying.",
  );
}

/** @throws RehearsalError when nothing answers at the endpoint within 5 s. */
export async function checkAnswers(endpoint: string): Promise<void> {
  try {
    await fetch(endpoint, { signal: AbortSignal.timeout(5000) });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new RehearsalError(
      `No answer from AWS_ENDPOINT_URL=${endpoint}: ${cause}. The rehearsal applies the stacks there. ` +
        "Start the emulator, or unset AWS_ENDPOINT_URL to plan without applying.",
    );
  }
}

/**
 * The environment Terraform runs in. The caller's AWS and Terraform settings are gone (credentials, profiles, tokens,
 * arguments); what is there instead opens no account. Providers talk through a proxy that does not exist, which Go
 * bypasses for loopback addresses alone: even a request that ignores the endpoint reaches nobody.
 *
 * @param endpoint the emulator; without one, nothing at all can be reached
 */
export function sealedEnvironment(environment: NodeJS.ProcessEnv, endpoint?: string): NodeJS.ProcessEnv {
  return {
    ...withoutSettings(environment),
    AWS_ACCESS_KEY_ID: "rehearsal",
    AWS_SECRET_ACCESS_KEY: "rehearsal",
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: "true",
    // The provider's own default is 25, which turns an error of the emulator into a wait of minutes.
    AWS_MAX_ATTEMPTS: "3",
    HTTP_PROXY: nowhere,
    HTTPS_PROXY: nowhere,
    NO_PROXY: "127.0.0.1",
    ...(endpoint ? { AWS_ENDPOINT_URL: endpoint } : {}),
  };
}

/**
 * The environment of `terraform init`, which may have to reach the registry: no AWS settings, but the caller's proxy, and
 * one copy of each provider for all stacks.
 *
 * @param cache folder for downloaded providers, unless the caller has one
 */
export function downloadEnvironment(environment: NodeJS.ProcessEnv, cache: string): NodeJS.ProcessEnv {
  return { TF_PLUGIN_CACHE_DIR: cache, ...withoutSettings(environment) };
}

/** How the caller's Terraform finds and keeps its providers: the only settings that are not dropped. */
const keptSettings = ["TF_CLI_CONFIG_FILE", "TF_PLUGIN_CACHE_DIR"];

function withoutSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(
    ([name, value]) =>
      !/^(AWS|TF)_/i.test(name) || (keptSettings.includes(name) && value !== undefined && existsSync(value)),
  );
  return { ...Object.fromEntries(kept), CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1", TF_INPUT: "0" };
}
