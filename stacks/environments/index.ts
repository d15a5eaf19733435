import { type DeployedEnvironment, previewEnvironment } from "../../service/contract.ts";
import { overlap } from "../constructs/network/subnet-ranges.ts";
import { checkEnvironment } from "../environment-checks.ts";
import { environmentNames } from "../environment-files.ts";
import type { Environment } from "../environments.ts";
import { ConstructError } from "../errors.ts";

/**
 * GitHub environments and workflows of all deployed environments, which none of them may have the name of, and what names of
 * previews contain.
 */
const reservedNames = ["audit", "checks", "drift", "mirror", "plan", "pr", previewEnvironment];

/**
 * The environments of modules, each before the one that it is promoted to.
 *
 * @param modules what each file in this folder exports, by its name without `.ts`
 * @throws {ConstructError} if a file has not exactly one environment of its own name, its configuration is wrong, or two environments exclude each other
 */
export function toEnvironments(
  modules: Readonly<Record<string, object>>,
): Readonly<Record<DeployedEnvironment, Environment>> {
  const environments = new Map(Object.entries(modules).map(([name, module]) => [name, getOnlyExport(name, module)]));
  checkShared([...environments.values()]);
  const ordered = new Map<DeployedEnvironment, Environment>();
  const addFrom = (environment: Environment, path: readonly string[] = []): void => {
    const { name, promotedTo } = environment;
    if (path.includes(name)) {
      throw new ConstructError("environment-promotion-circular", {
        what: `Environments are promoted in a circle: ${[...path, name].join(", ")}.`,
        why: "A release passes through each environment once.",
        action: "Remove `promotedTo` from the last one.",
      });
    }
    if (promotedTo !== undefined) {
      const next = environments.get(promotedTo);
      if (!next) {
        throw new ConstructError("environment-promotion-unknown", {
          what: `The environment "${name}" is promoted to "${promotedTo}", which does not exist.`,
          why: `The environments are ${[...environments.keys()].join(", ")}.`,
          action: `Correct its \`promotedTo\`, or add stacks/environments/${promotedTo}.ts.`,
        });
      }
      addFrom(next, [...path, name]);
    }
    ordered.set(name, environment);
  };
  for (const environment of environments.values()) addFrom(environment);
  return Object.fromEntries([...ordered].reverse());
}

function getOnlyExport(file: string, module: object): Environment {
  const path = `stacks/environments/${file}.ts`;
  if (!/^[a-z][a-z0-9]{0,9}$/.test(file) || reservedNames.includes(file)) {
    throw new ConstructError("environment-name-invalid", {
      what: `${path} cannot be an environment.`,
      why: `Its name is part of the names of resources and workflows. It has 1 to 10 lower-case letters and digits, begins with a letter, and is none of ${reservedNames.join(", ")}.`,
      action: "Rename the file and the environment.",
    });
  }
  const [environment, ...others]: Partial<Environment>[] = Object.values(module);
  if (!environment || others.length > 0) {
    throw new ConstructError("environment-export-missing", {
      what: `${path} does not export exactly one value.`,
      why: "Each file in this folder is one environment.",
      action: `Export it alone: \`export const ${file}: Environment = { name: "${file}", ... };\``,
    });
  }
  if (environment.name !== file) {
    throw new ConstructError("environment-name-differs", {
      what: `The environment in ${path} has ${environment.name === undefined ? "no name" : `the name "${environment.name}"`}.`,
      why: "Commands and workflows find an environment by the name of its file.",
      action: `Set \`name: "${file}"\`, or rename the file.`,
    });
  }
  checkEnvironment(environment as Environment);
  return environment as Environment;
}

/** Checks what only one environment may have. */
function checkShared(environments: readonly Environment[]): void {
  for (const [index, environment] of environments.entries()) {
    for (const other of environments.slice(0, index)) checkPair(other, environment);
  }
}

function checkPair(one: Environment, other: Environment): void {
  const both = `The environments "${one.name}" and "${other.name}" have`;
  if (one.previews && other.previews) {
    throw new ConstructError("environment-previews-shared", {
      what: `${both} previews.`,
      why: "The number of a pull request names its preview and its workspace, so that it can have one only.",
      action: "Remove `previews` from one of them.",
    });
  }
  // An account has one identity provider for GitHub, one for HCP Terraform, and one budget.
  if (one.accountId === other.accountId) {
    throw new ConstructError("environment-account-shared", {
      what: `${both} the same AWS account, ${one.accountId}.`,
      why: "Some resources exist once per account, and credentials of one environment must not reach another.",
      action: "Create an account for one of them, and set its `accountId`.",
    });
  }
  if (one.apiDomain === other.apiDomain) {
    throw new ConstructError("environment-domain-shared", {
      what: `${both} the same domain name, ${one.apiDomain}.`,
      why: "A name leads to one API only.",
      action: "Set the `apiDomain` of one of them to another name.",
    });
  }
  if (overlap(one.network.cidr, other.network.cidr)) {
    throw new ConstructError("environment-network-shared", {
      what: `${both} networks with addresses in common, ${one.network.cidr} and ${other.network.cidr}.`,
      why: "AWS cannot connect networks that overlap, and the range of a network cannot be changed later.",
      action: "Set the `network.cidr` of one of them to another range.",
    });
  }
}

/** What a file in this folder exports. Its error, too, is one for the person who edits it. */
async function load(name: DeployedEnvironment): Promise<object> {
  try {
    return await import(`./${name}.ts`);
  } catch (error) {
    throw new ConstructError("environment-not-loaded", {
      what: `The environment in stacks/environments/${name}.ts cannot be loaded.`,
      why: describe(error)
        .replaceAll(/\s*\n\s*/g, " ")
        .replace(/\.?$/, "."),
      action: "Correct it; `npm run check` shows all such mistakes.",
    });
  }
}

/** With the line of a syntax error, which Node.js names in the stack alone. */
function describe(error: unknown): string {
  const { message, stack } = (error ?? {}) as Partial<Error>;
  const [, position] = /^(\S.*\.ts:\d+)\n/.exec(stack ?? "") ?? [];
  return `${position ? `${position}: ` : ""}${message ?? error}`;
}

const modules = await Promise.all(environmentNames.map(async (name) => [name, await load(name)] as const));

/**
 * The environments in AWS, by name, each before the one that it is promoted to. The account ids are examples from AWS's
 * documentation, and the Atlas organization does not exist: set your own. The provider rejects credentials of any other account.
 */
export const environments = toEnvironments(Object.fromEntries(modules));

/**
 * The environment with the previews of pull requests, and its configuration of them.
 * @throws {ConstructError} if none has any
 */
export function getPreviewHost(): Environment & Required<Pick<Environment, "previews">> {
  for (const environment of Object.values(environments)) {
    const { previews } = environment;
    if (previews) return { ...environment, previews };
  }
  throw new ConstructError("previews-not-configured", {
    what: "No environment has previews of pull requests.",
    why: "None of the files in stacks/environments/ sets `previews`.",
    action: "Set it in one of them, and deploy its foundation and its database.",
  });
}

/**
 * The environment of a name.
 * @throws {ConstructError} if there is none
 */
export function getEnvironment(name: DeployedEnvironment): Environment {
  const environment = environments[name];
  if (environment) return environment;
  throw new ConstructError("environment-unknown", {
    what: `There is no environment "${name}".`,
    why: `The environments are ${Object.keys(environments).join(", ")}.`,
    action: `Use one of these names, or add stacks/environments/${name}.ts.`,
  });
}
