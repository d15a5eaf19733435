import { relative } from "node:path";
import { Command, Option } from "commander";
import { withChoices } from "../cli/options.ts";
import { formatTable } from "../cli/table.ts";
import {
  buildAccountsArchive,
  buildBackupArchive,
  buildLambdaArchive,
  buildPreTrafficArchive,
  type LambdaArchive,
  repositoryRoot,
} from "./archive.ts";
import type { Architecture } from "./native-binary.ts";
import { sbomFile } from "./sbom.ts";
import { buildWithStatements } from "./statements.ts";

const { architecture } = new Command("npm run bundle --")
  .description("build the archives of the Lambda functions in dist/")
  .addOption(
    withChoices(new Option("--architecture <name>", "architecture of the function"), ["arm64", "x64"]).default("arm64"),
  )
  .parse()
  .opts<{ architecture: Architecture }>();

const startedAt = performance.now();
try {
  const { archives, commit } = await buildWithStatements(repositoryRoot, architecture, () =>
    Promise.all([
      buildLambdaArchive(architecture),
      buildAccountsArchive(),
      buildBackupArchive(),
      buildPreTrafficArchive(),
    ]),
  );
  const [archive, ...others] = archives as [LambdaArchive, ...LambdaArchive[]];
  const sizes = Object.entries(archive.fileSizes);
  const native = sizes.filter(([name]) => name.endsWith(".node"));
  const code = sizes.filter(([name]) => !name.endsWith(".node") && name !== sbomFile);
  const rows = [
    ["archive", relative(process.cwd(), archive.path)],
    ["size", formatKilobytes(archive.sizeBytes)],
    ["index.js", formatKilobytes(archive.fileSizes["index.js"]!)],
    ["all code", `${formatKilobytes(sumSizes(code))} in ${code.length} files`],
    ["argon2 binary", formatKilobytes(sumSizes(native))],
    ["SHA-256", archive.sha256],
    ...others.flatMap(({ path, sizeBytes, sha256 }) => [
      ["archive", relative(process.cwd(), path)],
      ["size", formatKilobytes(sizeBytes)],
      ["SHA-256", sha256],
    ]),
    ["provenance", commit ? `of commit ${commit}` : "none: files differ from the commit"],
    ["time", `${((performance.now() - startedAt) / 1000).toFixed(2)} s`],
  ];
  for (const line of formatTable(rows)) console.log(line);
} catch (error) {
  // esbuild has printed its own errors with their lines.
  if (!(error instanceof Error && "errors" in error)) {
    console.error(error instanceof Error ? `\n${error.message}\n` : error);
  }
  process.exitCode = 1;
}

function formatKilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

function sumSizes(sizes: [name: string, bytes: number][]): number {
  return sizes.reduce((total, [, bytes]) => total + bytes, 0);
}
