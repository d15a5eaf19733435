import { isBuiltin } from "node:module";
import type { Message, Metafile } from "esbuild";
import { OperatorError } from "../cli/errors.ts";
import { entries } from "./entries.ts";

/** A module that a bundle does not contain, and that its code loads at run time. */
interface UnresolvedImport {
  /** The source that loads it, from the repository's folder. */
  readonly file: string;
  /** Its name, or `a computed name`. */
  readonly module: string;
}

/** A module that a bundle may lack. */
export interface AcceptedImport extends UnresolvedImport {
  /** Why the functions work without it. */
  readonly reason: string;
  /** Archives whose code loads it, by their entries. Other bundles, such as those of the benchmarks, may lack it, too. */
  readonly entries: readonly string[];
}

const computedName = "a computed name";

/** esbuild reports them only on request: by default it leaves such calls as they are, without a message. */
const computedNameMessages = ["unsupported-require-call", "unsupported-dynamic-import", "indirect-require"];

/** Option of esbuild for {@link checkUnresolvedImports}. */
export const logOverride = Object.fromEntries(computedNameMessages.map((id) => [id, "warning"] as const));

export const isComputedName = ({ id }: Message): boolean => computedNameMessages.includes(id);

const ofDriver = { file: "node_modules/mongodb/lib/deps.js", entries: [entries.service, entries.backups] };
const ofService = { entries: [entries.service] };

/** What the archives of this repository may lack. */
export const acceptedImports: readonly AcceptedImport[] = [
  { ...ofDriver, module: "kerberos", reason: "Only the mechanism GSSAPI needs it; the functions use MONGODB-AWS." },
  { ...ofDriver, module: "snappy", reason: "Only `compressors=snappy` needs it; the connection string names none." },
  { ...ofDriver, module: "@mongodb-js/zstd", reason: "Only `compressors=zstd` needs it." },
  { ...ofDriver, module: "socks", reason: "Only the option `proxyHost` needs it; the functions use no proxy." },
  { ...ofDriver, module: "mongodb-client-encryption", reason: "Only client-side field encryption needs it." },
  { ...ofDriver, module: "gcp-metadata", reason: "Only field encryption with keys in Google Cloud needs it." },
  {
    ...ofService,
    file: "node_modules/@redis/client/dist/lib/opentelemetry/index.js",
    module: "@opentelemetry/api",
    reason: "Only `OpenTelemetry.init` needs it, which the service does not call.",
  },
  {
    // Of the whole client, in bundles of the benchmarks.
    entries: [],
    file: "node_modules/@redis/client/dist/lib/utils/digest.js",
    module: "@node-rs/xxhash",
    reason: "Only the function `digest` needs it.",
  },
  {
    ...ofService,
    file: "node_modules/debug/src/node.js",
    module: "supports-color",
    reason: "`debug` writes without colours if it is missing.",
  },
  {
    ...ofService,
    file: "node_modules/express/lib/view.js",
    module: computedName,
    reason: "Loads the template engine of a view; the service renders none.",
  },
  ...["index.js", "node-gyp-build.js"].map((name) => ({
    ...ofService,
    file: `node_modules/node-gyp-build/${name}`,
    module: computedName,
    reason: "Loads argon2's binary, which the archive contains: `scripts/build/native-binary.ts`.",
  })),
];

/**
 * Refuses a bundle that would load a module which is neither in it nor in Node.js. esbuild leaves such an import without a message
 * if its failure is handled, and each archive is alone in its folder: a function would fail at the first call that needs the module.
 *
 * @param bundle its metafile, and esbuild's messages with {@link logOverride}
 * @throws {OperatorError} if it has an import that is not accepted, or no longer has one that is
 */
export function checkUnresolvedImports(
  entry: string,
  bundle: { readonly metafile: Metafile; readonly warnings: readonly Message[] },
  accepted: readonly AcceptedImport[] = acceptedImports,
): void {
  const found = findUnresolvedImports(bundle);
  const refused = found.filter((one) => !accepted.some((other) => isSame(one, other)));
  if (refused.length > 0) {
    throw new OperatorError("unresolved-import", {
      what: `${entry} was not bundled.`,
      why: `Its functions would load modules that the archive does not contain: ${format(refused)}.`,
      action:
        "Install the module, or give it an `alias` in scripts/build/bundle.ts. If no function needs it, add it with the reason to " +
        "scripts/build/unresolved-imports.ts.",
    });
  }
  const gone = accepted.filter((one) => one.entries.includes(entry) && !found.some((other) => isSame(one, other)));
  if (gone.length > 0) {
    throw new OperatorError("unresolved-import-gone", {
      what: `${entry} was not bundled.`,
      why: `It no longer contains imports that are accepted as unresolved: ${format(gone)}.`,
      action: "Remove them, or this bundle's entry, from scripts/build/unresolved-imports.ts.",
    });
  }
}

const isSame = (one: UnresolvedImport, other: UnresolvedImport): boolean =>
  one.file === other.file && one.module === other.module;

const format = (found: readonly UnresolvedImport[]): string =>
  found.map(({ file, module }) => `${module} (${file})`).join(", ");

function findUnresolvedImports({
  metafile: { inputs, outputs },
  warnings,
}: Parameters<typeof checkUnresolvedImports>[1]): UnresolvedImport[] {
  const left = Object.values(outputs).flatMap(({ imports, inputs: parts }) => {
    const modules = new Set(imports.filter(({ external }) => external).map(({ path }) => path));
    return Object.keys(parts).flatMap((file) =>
      inputs[file]!.imports.filter(({ path, external }) => external && modules.has(path) && !isAvailable(path)).map(
        ({ path }) => ({ file, module: path }),
      ),
    );
  });
  const computed = warnings
    .filter(isComputedName)
    .map(({ location }) => ({ file: location!.file, module: computedName }));
  return [...left, ...computed];
}

/** Whether Node.js has the module. Its module `module` does not count: with `createRequire`, it loads others. */
const isAvailable = (module: string): boolean => isBuiltin(module) && !/^(node:)?module$/.test(module);
