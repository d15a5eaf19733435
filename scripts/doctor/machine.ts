import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { isBelowConstraint } from "../terraform/provider.ts";
import { getObject } from "../terraform/synthesis.ts";
import { Terraform } from "../terraform/terraform.ts";
import type { Check, Context, Outcome } from "./check.ts";

/** Programs that runbooks and commands start, in any version, and where they come from. */
const programs: Readonly<Record<string, string>> = {
  npm: "https://nodejs.org/en/download",
  git: "https://git-scm.com/downloads",
  aws: "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
  gh: "https://cli.github.com",
};

/** The tools on this machine. */
export const machineChecks: readonly Check[] = [
  {
    name: "tools",
    wanted: "installed",
    async run(context, signal) {
      const { engines, devDependencies } = await readPackage(context, "package.json");
      const { version: cdktf } = await readPackage(context, "node_modules/cdktf-cli/package.json").catch(() => ({
        version: undefined,
      }));
      return [
        toOutcome("node", process.versions.node, engines.node, "https://nodejs.org/en/download"),
        toOutcome("cdktf", cdktf, devDependencies["cdktf-cli"], "npm ci"),
        ...(await Promise.all(Object.keys(programs).map((name) => findProgram(name, context, signal)))),
      ];
    },
  },
  {
    name: "tools: terraform",
    wanted: "the version that the stacks require",
    async run({ stacks, variables }) {
      const version = (await Terraform.find(variables))?.version;
      const source = "https://developer.hashicorp.com/terraform/install";
      if (!version) return { state: "wrong", found: "not installed", action: `Install Terraform: ${source}` };
      const { required_version } = getObject(stacks()[0]!.configuration, "terraform");
      return toOutcome(undefined, version, String(required_version), source);
    },
  },
];

/** @param constraint such as `>=20.19`, `~> 1.11` or `0.21.0` */
function toOutcome(
  subject: string | undefined,
  version: string | undefined,
  constraint: string,
  source: string,
): Outcome {
  const isRight = version !== undefined && isAllowed(version, constraint);
  return {
    ...(subject && { subject }),
    state: isRight ? "ok" : "wrong",
    found: version ?? "not installed",
    wanted: constraint,
    action: isRight ? undefined : `Install a version that ${constraint} allows: ${source}`,
  };
}

function isAllowed(version: string, constraint: string): boolean {
  if (/^\d/.test(constraint)) return version === constraint;
  const [major] = /\d+/.exec(constraint) ?? [];
  return !isBelowConstraint(version, constraint) && (!constraint.startsWith("~>") || version.startsWith(`${major}.`));
}

async function findProgram(name: string, { variables }: Context, signal: AbortSignal): Promise<Outcome> {
  try {
    // The AWS CLI 1 prints its version on standard error with Python 2.
    const { stdout, stderr } = await promisify(execFile)(name, ["--version"], { env: variables, signal });
    const [version = "of unknown version"] = /\d+(\.\d+)+/.exec(stdout + stderr) ?? [];
    return { subject: name, state: "ok", found: version };
  } catch {
    return { subject: name, state: "wrong", found: "not installed", action: `Install ${name}: ${programs[name]}` };
  }
}

const readPackage = async ({ folder }: Context, path: string) => JSON.parse(await readFile(join(folder, path), "utf8"));
