import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { OperatorError } from "../cli/errors.ts";

/** Lambda's architectures, by Node's names. */
export type Architecture = "arm64" | "x64";

/** A file of the archive. */
export interface NativeBinary {
  /** Path at which argon2 looks for it, relative to the bundled file. */
  path: string;
  /** Where it is, from the repository's folder. */
  file: string;
  contents: Uint8Array;
}

/** Prebuilt binaries in the package argon2. */
const paths: Record<Architecture, string> = {
  arm64: "prebuilds/linux-arm64/argon2.armv8.glibc.node",
  x64: "prebuilds/linux-x64/argon2.glibc.node",
};

/**
 * The C library of Amazon Linux 2023, the base of Lambda's Node.js runtimes since 20: glibc 2.34, according to
 * https://docs.aws.amazon.com/linux/al2023/ug/core-glibc.html
 */
export const lambdaGlibc = "2.34";

/**
 * Reads the one binary that the function needs in addition to its code.
 *
 * @param root folder of the repository
 * @throws {OperatorError} if the package does not have it, or Lambda could not load it
 */
export async function readArgon2Binary(root: string, architecture: Architecture): Promise<NativeBinary> {
  const path = paths[architecture];
  const file = join("node_modules", "argon2", path);
  const contents = await readFile(join(root, file)).catch((cause: NodeJS.ErrnoException) => {
    throw new OperatorError("argon2-binary-missing", {
      what: `The archive for ${architecture} was not built.`,
      why: `${file} cannot be read (${cause.code}), and argon2 needs it to hash passwords.`,
      action: "Install the packages again with `npm ci`.",
      cause,
    });
  });
  const needed = findRequiredGlibc(contents);
  if (needed === undefined || compareVersions(needed, lambdaGlibc) > 0) {
    throw new OperatorError("argon2-binary-incompatible", {
      what: `The archive for ${architecture} was not built.`,
      why: needed
        ? `${file} needs glibc ${needed}, and Lambda has ${lambdaGlibc}.`
        : `${file} does not name the glibc that it needs.`,
      action: "Restore the version of argon2 in package-lock.json, whose binary runs in Lambda.",
    });
  }
  return { path, file, contents };
}

/**
 * The newest glibc that a binary needs. An ELF file names the versions, such as `GLIBC_2.34`, in its string table.
 * @returns undefined if it names none
 */
export function findRequiredGlibc(binary: Uint8Array): string | undefined {
  const text = Buffer.from(binary).toString("latin1");
  const versions = [...text.matchAll(/\0GLIBC_(\d+(?:\.\d+)+)(?=\0)/g)].map(([, version]) => version!);
  return versions.sort(compareVersions).at(-1);
}

const compareVersions = (a: string, b: string): number => a.localeCompare(b, "en", { numeric: true });
