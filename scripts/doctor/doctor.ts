import { Resolver } from "node:dns/promises";
import { join } from "node:path";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { systemClock } from "../../service/platform/clock.ts";
import { getEnvironment } from "../../stacks/environments/index.ts";
import { getReason } from "../cli/errors.ts";
import { formatTable } from "../cli/table.ts";
import { withDeployedStacks } from "../terraform/deployed-stacks.ts";
import type { Stack } from "../terraform/synthesis.ts";
import { alertChecks } from "./alerts.ts";
import { atlasChecks } from "./atlas.ts";
import { awsChecks, isServiceDeployed, requireAccount } from "./aws.ts";
import { backupChecks } from "./backups.ts";
import { type Check, type Context, type Finding, runCheck } from "./check.ts";
import { dnsAndCertificateChecks } from "./dns-and-certificates.ts";
import { gitHubChecks } from "./github.ts";
import { hcpTerraformChecks } from "./hcp-terraform.ts";
import { machineChecks } from "./machine.ts";
import { mailChecks } from "./mails.ts";
import { placeholderChecks } from "./placeholders.ts";
import { quotaChecks } from "./quotas.ts";
import { rateQuotaChecks } from "./rate-quotas.ts";

const stacksCheck: Check = {
  name: "stacks",
  wanted: "all synthesize",
  async run({ stacks }) {
    try {
      return { state: "ok", found: `${stacks().length} stacks` };
    } catch (error) {
      return { state: "wrong", found: getReason(error), action: "Run `npm run synth`, and correct the error." };
    }
  },
};

export const checks: readonly Check[] = [
  ...machineChecks,
  stacksCheck,
  ...placeholderChecks,
  ...awsChecks,
  ...quotaChecks,
  ...rateQuotaChecks,
  ...dnsAndCertificateChecks,
  ...mailChecks,
  ...alertChecks,
  ...hcpTerraformChecks,
  ...atlasChecks,
  ...gitHubChecks,
  ...backupChecks,
];

/** Looks at all that the stacks of an environment take for granted. Changes nothing, and never stops at a failed check. */
export async function diagnose(name: DeployedEnvironment): Promise<Finding[]> {
  const environment = getEnvironment(name);
  const stacks = await withDeployedStacks(name, async (found) => found).catch((error: Error) => error);
  const context = createContext({ environment, variables: process.env, stacks });
  return (await Promise.all(checks.map((check) => runCheck(check, context)))).flat();
}

/** @param stacks or the reason why they do not synthesize */
export function createContext({
  environment,
  variables,
  stacks,
}: Pick<Context, "environment" | "variables"> & { readonly stacks: readonly Stack[] | Error }): Context {
  return {
    environment,
    variables,
    folder: join(import.meta.dirname, "..", ".."),
    clock: systemClock,
    resolver: new Resolver({ timeout: 5_000, tries: 2 }),
    stacks() {
      if (stacks instanceof Error) throw stacks;
      return stacks;
    },
    requireAccount: once(() => requireAccount(environment)),
    isDeployed: once(() => isServiceDeployed(environment)),
  };
}

/** Makes a call the first time that its result is needed. */
function once<T>(call: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= call();
    return result;
  };
}

/** 1 if something is wrong, else 2 if something is unknown, else 0. */
export function getExitStatus(findings: readonly Finding[]): 0 | 1 | 2 {
  const has = (wanted: Finding["state"]) => findings.some(({ state }) => state === wanted);
  return has("wrong") ? 1 : has("unknown") ? 2 : 0;
}

/** With this, a row fits into 120 columns. Longer texts are below the table. */
const maxCellLength = 36;

function clip(text: string): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > maxCellLength ? `${line.slice(0, maxCellLength - 1).trimEnd()}…` : line;
}

/** A table of all findings and, below it, what to do. */
export function formatFindings(findings: readonly Finding[]): string[] {
  const rows = findings.map(({ check, state, found, wanted }) => [state, check, clip(found), clip(wanted)]);
  const explained = findings.filter(({ action }) => action);
  // Missing credentials, for example, have many checks in common.
  const toText = ({ found, action }: Finding) => `  ${found}\n  ${action}`;
  const texts = [...new Set(explained.map(toText))];
  const getNames = (text: string) => explained.filter((each) => toText(each) === text).map(({ check }) => check);
  return [
    ...formatTable([["state", "check", "found", "wanted"], ...rows]),
    ...texts.map((text) => `\n${getNames(text).join(", ")}\n${text}`),
    "",
    summarize(findings),
  ];
}

function summarize(findings: readonly Finding[]): string {
  const counts = (["ok", "wrong", "unknown", "not yet"] as const).map(
    (state) => `${findings.filter((each) => each.state === state).length} ${state}`,
  );
  return `${counts.join(", ")}.`;
}
