import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "cdktf";
import { ArchiveStack } from "../../stacks/archive.ts";
import { DatabaseStack } from "../../stacks/database.ts";
import { addDeployRoles } from "../../stacks/deploy-permissions/environment-roles.ts";
import { EdgeStack } from "../../stacks/edge.ts";
import type { Environment } from "../../stacks/environments.ts";
import { FoundationStack } from "../../stacks/foundation.ts";
import { HcpTerraformStack } from "../../stacks/hcp-terraform.ts";
import { ServiceStack } from "../../stacks/service.ts";

/** Attributes of one resource as Terraform reads them. */
// biome-ignore lint/suspicious/noExplicitAny: whatever shape each of the provider's resources has
export type Attributes = Record<string, any>;

/** One stack's `cdk.tf.json`. */
export interface StackJson {
  terraform: Attributes;
  provider: Record<string, Attributes[]>;
  resource: Record<string, Record<string, Attributes>>;
  data?: Record<string, Record<string, Attributes>>;
  output?: Record<string, Attributes>;
}

/** The JSON of each stack by its name, such as `ecobeat-staging-service`. */
export type Stacks = Record<string, StackJson>;

/** Synthesizes the stacks of the given environments as `main.ts` does, with a few bytes in place of the archives. */
export function synthesize(environments: readonly Environment[]): Stacks {
  const { "ecobeat-hcp-terraform": _, ...stacks } = synthesizeAll(environments);
  return stacks;
}

/** Synthesizes the stacks of the given environments, and the one of HCP Terraform itself. */
export function synthesizeAll(environments: readonly Environment[]): Stacks {
  const folder = mkdtempSync(join(tmpdir(), "ecobeat-synth-"));
  try {
    const outdir = synthesizeInto(folder, environments);
    const manifest = JSON.parse(readFileSync(join(outdir, "manifest.json"), "utf8"));
    return Object.fromEntries(
      Object.entries<{ synthesizedStackPath: string }>(manifest.stacks).map(([name, stack]) => [
        name,
        JSON.parse(readFileSync(join(outdir, stack.synthesizedStackPath), "utf8"), withoutNotes),
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Synthesizes as `synthesize` does, into the folder of a CDKTF project.
 * @returns the folder of what CDKTF wrote: where its CLI looks for it
 */
export function synthesizeInto(folder: string, environments: readonly Environment[]): string {
  return withoutCreationStacks(() => {
    const app = createApp(folder, environments);
    app.synth();
    return app.outdir;
  });
}

const stackTraces: { captureStackTrace(): string[] } = createRequire(import.meta.url)(
  "cdktf/lib/tokens/private/stack-trace.js",
);

/**
 * Works with constructs. CDKTF notes for its errors where each of their tokens comes from, which takes a third of the time of a synthesis,
 * and several times as long with source maps.
 */
export function withoutCreationStacks<T>(work: () => T): T {
  const { captureStackTrace } = stackTraces;
  stackTraces.captureStackTrace = () => [];
  try {
    return work();
  } finally {
    stackTraces.captureStackTrace = captureStackTrace;
  }
}

/** The constructs of the given environments. Their output and archives are in a folder. */
export function createApp(folder: string, environments: readonly Environment[]): App {
  const path = join(folder, "function.zip");
  writeFileSync(path, "not really a zip");
  const outdir = join(folder, "cdktf.out");
  mkdirSync(outdir);
  const app = new App({ outdir, skipValidation: true });
  for (const environment of environments) {
    const foundation = new FoundationStack(app, environment);
    const database = new DatabaseStack(app, environment, { foundation });
    const archive = { path, sha256: "Zm9yIHRoZSB0ZXN0cw==" };
    const service = new ServiceStack(app, environment, {
      foundation,
      archive,
      accountsArchive: archive,
      backupArchive: archive,
      preTrafficArchive: archive,
    });
    const {
      cdn,
      database: { onlineArchive },
    } = environment;
    const edge = cdn ? [new EdgeStack(app, environment, { foundation, service, cdn })] : [];
    const onlineArchives = onlineArchive ? [new ArchiveStack(app, environment, { onlineArchive })] : [];
    addDeployRoles(foundation, [foundation, database, service, ...edge, ...onlineArchives]);
  }
  new HcpTerraformStack(app);
  return app;
}

/** Drops what CDKTF notes under `//` on where a resource comes from: nothing to Terraform. */
const withoutNotes = (key: string, value: unknown): unknown => (key === "//" ? undefined : value);
