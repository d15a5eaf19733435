import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "esbuild";
import { repositoryRoot } from "../../scripts/build/archive.ts";

interface Package {
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

/** Folders, as in package-lock.json, of all direct and indirect `dependencies`. */
export function runtimePackages(): Set<string> {
  const lock = readFileSync(join(repositoryRoot, "package-lock.json"), "utf8");
  const { packages } = JSON.parse(lock) as { packages: Record<string, Package> };
  const found = new Set<string>();
  const visit = (folder: string, names: Record<string, string> = {}) => {
    for (const name of Object.keys(names)) {
      const dependency = getCandidateFolders(folder, name).find((candidate) => packages[candidate]);
      if (!dependency || found.has(dependency)) continue;
      found.add(dependency);
      const { dependencies, optionalDependencies, peerDependencies } = packages[dependency]!;
      visit(dependency, { ...dependencies, ...optionalDependencies, ...peerDependencies });
    }
  };
  visit("", packages[""]!.dependencies);
  return found;
}

/** Where Node looks for a package, innermost first. */
function getCandidateFolders(folder: string, name: string): string[] {
  const parts = folder === "" ? [] : folder.split("/node_modules/");
  const above = parts.map((_, depth) => parts.slice(0, parts.length - depth).join("/node_modules/"));
  return [...above.map((outer) => `${outer}/node_modules/${name}`), `node_modules/${name}`];
}

/**
 * Inputs of a bundle that Lambda must not contain: development packages, embedded backends, and other programs.
 * @param own paths of allowed sources
 */
export function findDisallowedInputs({ inputs }: Metafile, own = /^service\/(?!local\/)/): string[] {
  const allowed = runtimePackages();
  return Object.keys(inputs).filter((path) => {
    const folder = /^(.*\/)?node_modules\/(@[^/]+\/)?[^/]+/.exec(path)?.[0];
    return folder ? !allowed.has(folder) : !own.test(path);
  });
}
