import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { withBuiltArchives } from "../scripts/build/kept-archives.ts";
import { formatMegabytes, formatMilliseconds, type Section, toLimitRow, toPeerRow } from "./report.ts";

const rounds = 7;

const usage = join(import.meta.dirname, "processes", "usage.cjs");
const program = ["--max-semi-space-size=4", "scripts/run.cjs"];

/** Programs that take turns. */
const programs = {
  kept: { args: [...program, "main.ts"] },
  built: { args: [...program, "main.ts"], variables: withBuiltArchives },
  oneStack: { args: [...program, "bench/entries/one-stack.ts"] },
  help: { args: [...program, "scripts/ops.ts", "--help"] },
  empty: { args: ["--eval", "0"] },
} as const satisfies Record<string, { args: readonly string[]; variables?: NodeJS.ProcessEnv }>;

interface Usage {
  /** From the start of the process to its end. */
  readonly timeMs: number;
  /** Of all its threads, without processes that it starts. */
  readonly cpuMs: number;
  /** Its maximum. */
  readonly memoryBytes: number;
}

/** The time and the memory of a synthesis, and of the help of `ops`: what developers wait for most often. */
export async function measureSynthesis(): Promise<Section> {
  const names = Object.keys(programs) as (keyof typeof programs)[];
  const usages = Object.fromEntries(names.map((name) => [name, [] as Usage[]])) as Record<
    keyof typeof programs,
    Usage[]
  >;
  const folder = await mkdtemp(join(tmpdir(), "ecobeat-bench-"));
  try {
    // What it compiles and builds is kept, as after the first synthesis.
    for (const name of names) await run(name, folder);
    for (let round = 0; round < rounds; round++) {
      for (const name of names) usages[name].push(await run(name, folder));
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  // Other work on the machine adds to a time, and takes nothing from it.
  const get = (name: keyof typeof programs, part: keyof Usage) =>
    (part === "memoryBytes" ? Math.max : Math.min)(...usages[name].map((each) => each[part]));
  // Node.js runs TypeScript without a compiler from 22.18 on.
  const isFast = Boolean((process.features as { typescript?: string | false }).typescript);
  const next = (label: string, name: keyof typeof programs, part: keyof Usage, other: "oneStack" | "empty") =>
    toPeerRow(
      label,
      get(name, part),
      { name: other === "empty" ? "node -e 0" : "one stack", value: get(other, part) },
      part === "memoryBytes" ? formatMegabytes : formatMilliseconds,
    );
  return {
    title: `All stacks, next to a CDKTF app of one stack with one resource: least time and most memory of ${rounds}`,
    note: "CPU time and memory are those of Node.js, without esbuild, which builds in a process of its own.",
    rows: [
      next("with kept archives", "kept", "timeMs", "oneStack"),
      next("with kept archives, CPU time", "kept", "cpuMs", "oneStack"),
      next("with kept archives, maximum memory", "kept", "memoryBytes", "oneStack"),
      next("with archives that are built", "built", "timeMs", "oneStack"),
      next("with archives that are built, maximum memory", "built", "memoryBytes", "oneStack"),
      next("`ops --help`", "help", "timeMs", "empty"),
      toLimitRow("with kept archives", get("kept", "timeMs"), isFast ? 1_100 : 2_200, formatMilliseconds),
      toLimitRow("maximum memory", get("built", "memoryBytes"), 270e6, formatMegabytes),
      ...(isFast ? [toLimitRow("`ops --help`", get("help", "timeMs"), 120, formatMilliseconds)] : []),
    ],
  };
}

/** Runs a program, by a shell between: Linux counts what this process holds to the peak of one that it starts. */
async function run(name: keyof typeof programs, folder: string): Promise<Usage> {
  const { args, variables = {} } = programs[name] as { args: readonly string[]; variables?: NodeJS.ProcessEnv };
  const file = join(folder, "usage.json");
  const startedAt = performance.now();
  await promisify(execFile)("/bin/sh", ["-c", '"$0" "$@"; exit $?', process.execPath, "--require", usage, ...args], {
    cwd: join(import.meta.dirname, ".."),
    env: { ...process.env, ...variables, CDKTF_OUTDIR: join(folder, "cdktf.out"), USAGE_FILE: file },
  });
  const timeMs = performance.now() - startedAt;
  return { timeMs, ...JSON.parse(await readFile(file, "utf8")) };
}
