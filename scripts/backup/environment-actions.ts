import type { DeployedEnvironment } from "../../service/contract.ts";
import { callFunction } from "../aws/environment-function.ts";
import { type DumpResult, dump, type VerificationResult, verification } from "./contract.ts";

/** How to tell of a result. */
export interface ResultOptions {
  /** Prints JSON on the standard output. */
  readonly json?: boolean;
}

/**
 * `npm run ops -- backup create --environment`
 * @throws {ConfigurationError} if AWS cannot be reached or refuses, or there is no backup in the end
 */
export async function createThere(environment: DeployedEnvironment, { json }: ResultOptions): Promise<void> {
  const { name, region, result } = await callFunction<DumpResult>(environment, dump.functionName);
  if (json) return console.log(JSON.stringify(result, null, 2));
  const { id, documents, bytes, seconds, snapshot } = result;
  console.log(`database: that of ${environment}, through ${name} in ${region}`);
  console.log(
    `backup ${id} in the vault: ${documents} documents, ${(bytes / 1e6).toFixed(1)} MB, in ${seconds} s, ` +
      `${snapshot ? "as of one moment" : "of no one moment"}`,
  );
}

/**
 * `npm run ops -- backup verify --environment`
 * @throws {ConfigurationError} if AWS cannot be reached or refuses, or the newest backup does not restore
 */
export async function verifyThere(environment: DeployedEnvironment, { json }: ResultOptions): Promise<void> {
  const { name, region, result } = await callFunction<VerificationResult>(
    environment,
    verification.functionName,
  );
  if (json) return console.log(JSON.stringify(result, null, 2));
  const { id, documents, collections, seconds, ageSeconds } = result;
  console.log(`vault: that of ${environment}, through ${name} in ${region}`);
  console.log(
    `backup ${id}, ${Math.round(ageSeconds / 60)} min old, restores: ${documents} documents in ${collections} collections ` +
      `were restored beside the database, compared with its manifest and dropped again, in ${seconds} s`,
  );
}
