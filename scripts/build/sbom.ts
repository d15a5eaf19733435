import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { version as esbuildVersion, type Metafile } from "esbuild";
import { OperatorError } from "../cli/errors.ts";

/** Name of the software bill of materials in each archive. */
export const sbomFile = "sbom.cdx.json";

/** A package in an archive, as a component of CycloneDX: https://cyclonedx.org/docs/1.6/json/#components */
export interface SbomComponent {
  readonly type: "library";
  /** Its package URL. */
  readonly "bom-ref": string;
  /** Scope of the package in npm. @default it has none */
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  /** `excluded` if the bundler read it and left all of it out. */
  readonly scope: "required" | "excluded";
  /** Of the tarball in the registry, as in `package-lock.json`. */
  readonly hashes: readonly Hash[];
  /** As the package declares them. @default it declares none */
  readonly licenses?: readonly License[];
  readonly purl: string;
  /** Folders, as in `package-lock.json`. */
  readonly evidence: { readonly occurrences: readonly { readonly location: string }[] };
  /** Its files that are in the archive as they are. @default none */
  readonly components?: readonly { readonly type: "file"; readonly name: string; readonly hashes: readonly Hash[] }[];
}

/** A software bill of materials in the format CycloneDX 1.6. */
export interface Sbom {
  readonly bomFormat: "CycloneDX";
  readonly specVersion: "1.6";
  readonly version: 1;
  readonly metadata: object;
  readonly components: readonly SbomComponent[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

interface Hash {
  readonly alg: string;
  /** In hexadecimal digits. */
  readonly content: string;
}

type License = { readonly license: { readonly id?: string; readonly name?: string } } | { readonly expression: string };

/** A package in `package-lock.json`. */
interface LockedPackage {
  /** If it is not that of its folder. */
  readonly name?: string;
  readonly version?: string;
  readonly integrity?: string;
  readonly license?: string;
}

/** What of `package-lock.json` a bill of materials needs. */
export interface Lockfile {
  /** By folder. */
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

/** A file that is in the archive as it is. */
export interface CopiedFile {
  /** From the repository's folder. */
  readonly file: string;
  readonly contents: Uint8Array;
}

const algorithms: Readonly<Record<string, string>> = {
  sha1: "SHA-1",
  sha256: "SHA-256",
  sha384: "SHA-384",
  sha512: "SHA-512",
};

/**
 * The packages in an archive, from esbuild's list of what it read and from `package-lock.json`. It has no time and no random number:
 * the same sources produce the same bytes.
 *
 * @param root folder of the repository
 * @param name of the archive
 * @param copied files of packages that the archive contains in addition to its code
 * @throws {OperatorError} if the archive contains code of a package that `package-lock.json` does not have in this version
 */
export async function createSbom(
  root: string,
  name: string,
  metafile: Metafile,
  copied: readonly CopiedFile[] = [],
): Promise<Sbom> {
  const lockfile = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8")) as Lockfile;
  const shipped = new Set(Object.values(metafile.outputs).flatMap(({ inputs }) => findShipped(inputs)));
  const files = [...Object.keys(metafile.inputs), ...copied.map(({ file }) => file)];
  const folders = [...new Set(files.flatMap((file) => findPackageFolder(file) ?? []))].sort();
  await assertLocked(root, name, folders, lockfile);

  const components = new Map<string, SbomComponent>();
  for (const folder of folders) {
    const belongs = (file: string) => findPackageFolder(file) === folder;
    const own = copied.filter(({ file }) => belongs(file));
    const isShipped = own.length > 0 || [...shipped].some(belongs);
    const component = toComponent(folder, lockfile, isShipped, own);
    const same = components.get(component.purl);
    components.set(component.purl, same ? merge(same, component) : component);
  }
  const version = lockfile.packages[""]?.version;
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      lifecycles: [{ phase: "build" }],
      tools: { components: [{ type: "application", name: "esbuild", version: esbuildVersion }] },
      component: { type: "application", "bom-ref": name, name, ...(version && { version }) },
    },
    components: [...components.values()].sort((one, other) => compare(one.purl, other.purl)),
    dependencies: findDependencies(name, metafile, lockfile),
  };
}

/** The package folder, as in `package-lock.json`, that a file is in; undefined for the repository's own sources. */
export const findPackageFolder = (file: string): string | undefined =>
  /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0];

/**
 * Components that a lockfile does not have: with their package at their folders, in their version and with their checksum.
 * @returns a description of each
 */
export function findUnlocked({ components }: Pick<Sbom, "components">, lockfile: Lockfile): string[] {
  return components.flatMap(({ purl, hashes, evidence }) =>
    evidence.occurrences.flatMap(({ location }) => {
      const locked = lockfile.packages[location];
      if (!locked?.integrity) return [`${purl} at ${location}: the lockfile has no such package`];
      const expected = toPurl(location, locked);
      if (purl !== expected) return [`${purl} at ${location}: the lockfile has ${expected}`];
      const isSame = JSON.stringify(toHashes(locked.integrity)) === JSON.stringify(hashes);
      return isSame ? [] : [`${purl} at ${location}: its checksum differs from the lockfile's`];
    }),
  );
}

/** Inputs of which an output contains something. */
const findShipped = (inputs: Metafile["outputs"][string]["inputs"]): string[] =>
  Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : []));

/** What npm has installed must be what is locked: otherwise the bill would name other code than the archive has. */
async function assertLocked(root: string, name: string, folders: readonly string[], lockfile: Lockfile): Promise<void> {
  const faults = await Promise.all(
    folders.map(async (folder) => {
      const { version, integrity } = lockfile.packages[folder] ?? {};
      if (!version || !integrity) return [`${folder} is not in package-lock.json`];
      const installed = JSON.parse(await readFile(join(root, folder, "package.json"), "utf8")) as LockedPackage;
      return installed.version === version ? [] : [`${folder} is ${installed.version}, and ${version} is locked`];
    }),
  );
  const found = faults.flat();
  if (found.length === 0) return;
  throw new OperatorError("package-not-locked", {
    what: `The archive ${name} was not built.`,
    why: `It would contain packages that package-lock.json does not have: ${found.join("; ")}.`,
    action:
      "Install the packages of the lockfile with `npm ci`. Add a new package with `npm install --omit-lockfile-registry-resolved`.",
  });
}

function toComponent(
  folder: string,
  lockfile: Lockfile,
  isShipped: boolean,
  copied: readonly CopiedFile[],
): SbomComponent {
  const locked = lockfile.packages[folder]!;
  const fullName = toName(folder, locked);
  const [group, name] = fullName.startsWith("@") ? fullName.split("/") : [undefined, fullName];
  const purl = toPurl(folder, locked);
  return {
    type: "library",
    "bom-ref": purl,
    ...(group && { group }),
    name: name!,
    version: locked.version!,
    scope: isShipped ? "required" : "excluded",
    hashes: toHashes(locked.integrity!),
    ...(locked.license && { licenses: [toLicense(locked.license)] }),
    purl,
    evidence: { occurrences: [{ location: folder }] },
    ...(copied.length > 0 && {
      components: copied.map(({ file, contents }) => ({
        type: "file" as const,
        name: relative(folder, file),
        hashes: [{ alg: "SHA-256", content: createHash("sha256").update(contents).digest("hex") }],
      })),
    }),
  };
}

/** One version of a package can be installed in several folders. */
const merge = (one: SbomComponent, other: SbomComponent): SbomComponent => ({
  ...one,
  ...other,
  scope: one.scope === "required" ? "required" : other.scope,
  evidence: { occurrences: [...one.evidence.occurrences, ...other.evidence.occurrences] },
});

const toName = (folder: string, { name }: LockedPackage): string => name ?? folder.split("node_modules/").at(-1)!;

/** https://github.com/package-url/purl-spec/blob/main/types-doc/npm-definition.md */
const toPurl = (folder: string, locked: LockedPackage): string =>
  `pkg:npm/${toName(folder, locked).replace("@", "%40")}@${locked.version}`;

/** A checksum of npm is base64 after the algorithm: https://www.w3.org/TR/SRI/#the-integrity-attribute */
const toHashes = (integrity: string): Hash[] =>
  integrity.split(" ").map((one) => {
    const [algorithm = "", base64 = ""] = one.split(/-(.*)/s);
    return { alg: algorithms[algorithm] ?? algorithm, content: Buffer.from(base64, "base64").toString("hex") };
  });

function toLicense(license: string): License {
  if (/ (OR|AND|WITH) /.test(license)) return { expression: license };
  return { license: /\s/.test(license) ? { name: license } : { id: license } };
}

/** Which package imports which, and what the archive's own sources import. */
function findDependencies(name: string, { inputs }: Metafile, lockfile: Lockfile): Sbom["dependencies"] {
  const toRef = (file: string) => {
    const folder = findPackageFolder(file);
    return folder ? toPurl(folder, lockfile.packages[folder]!) : name;
  };
  const found = new Map<string, Set<string>>();
  for (const [file, { imports }] of Object.entries(inputs)) {
    const ref = toRef(file);
    const targets = found.get(ref) ?? new Set();
    found.set(ref, targets);
    for (const { path, external } of imports) {
      const target = external ? ref : toRef(path);
      // Own sources also replace a package that another one imports.
      if (target !== ref && target !== name) targets.add(target);
    }
  }
  return [...found]
    .map(([ref, targets]) => ({ ref, dependsOn: [...targets].sort(compare) }))
    .sort((one, other) => compare(one.ref, other.ref));
}

/** By code units, which no locale changes. */
const compare = (one: string, other: string): number => (one < other ? -1 : Number(one > other));
