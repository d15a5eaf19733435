import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** Processors that Lambda offers, as Node names them. */
export type Architecture = "arm64" | "x64";

/** A file of the archive. */
export interface NativeBinary {
  /** Where argon2 looks for it, seen from the file that it is bundled into. */
  path: string;
  contents: Uint8Array;
}

/** argon2's prebuilt binaries, as the package names them. */
const paths: Record<Architecture, string> = {
  arm64: "prebuilds/linux-arm64/argon2.armv8.glibc.node",
  x64: "prebuilds/linux-x64/argon2.glibc.node",
};

/**
 * The C library of Amazon Linux 2023, on which Lambda's Node.js runtimes since 20 stand: glibc 2.34, says
 * https://docs.aws.amazon.com/linux/al2023/ug/core-glibc.html
 */
export const lambdaGlibc = "2.34";

/**
 * Reads the one binary that the function needs beside its code.
 *
 * @param root folder of the repository
 * @throws if the package lacks it, or if Lambda could not load it
 */
export async function readArgon2Binary(root: string, architecture: Architecture): Promise<NativeBinary> {
  const path = paths[architecture];
  const file = join("node_modules", "argon2", path);
  const contents = await readFile(join(root, file)).catch((cause: NodeJS.ErrnoException) => {
    throw new Error(
      `The archive for ${architecture} cannot be built: ${file} cannot be read (${cause.code}), ` +
        "and argon2 hashes no password without it. Install the packages again with `npm ci`.",
      { cause },
    );
  });
  const needed = findRequiredGlibc(contents);
  if (needed === undefined || compareVersions(needed, lambdaGlibc) > 0) {
    throw new Error(
      `The archive for ${architecture} would not run in Lambda: ${file} ` +
        (needed
          ? `needs glibc ${needed}, and Lambda has ${lambdaGlibc}. `
          : "does not name the glibc it needs. ") +
        "Go back to the version of argon2 in package-lock.json, whose binary was proven.",
    );
  }
  return { path, contents };
}

/**
 * The newest glibc that a binary asks for. An ELF file names the versions it needs, such as `GLIBC_2.34`, in its
 * table of strings.
 * @returns undefined if it names none
 */
export function findRequiredGlibc(binary: Uint8Array): string | undefined {
  const text = Buffer.from(binary).toString("latin1");
  const versions = [...text.matchAll(/\0GLIBC_(\d+(?:\.\d+)+)(?=\0)/g)].map(([, version]) => version!);
  return versions.sort(compareVersions).at(-1);
}

const compareVersions = (a: string, b: string): number => a.localeCompare(b, "en", { numeric: true });
