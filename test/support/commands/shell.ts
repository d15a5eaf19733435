import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./run.ts";
import type { Answer, Call, Tool } from "./tool.ts";

/** Programs that commands may use as they are. No other is found. */
const realPrograms = [
  "sh",
  "bash",
  "node",
  "git",
  "curl",
  "cat",
  "cut",
  "date",
  "env",
  "grep",
  "head",
  "ls",
  "mktemp",
  "sort",
  "tr",
];

/** What became of one block of commands. */
export interface Outcome {
  readonly output: string;
  /** What went wrong, one line or more; empty when nothing did. */
  readonly problem: string;
  /** Whether all its programs were real. */
  readonly isReal: boolean;
}

export interface ShellOptions {
  /** Fakes of programs, by name. */
  readonly tools: Readonly<Record<string, Tool>>;
  /** All variables of the shell. */
  readonly variables: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/**
 * Runs blocks of commands one after the other in one `bash`, which knows nothing of this process's environment, finds no
 * program but those allowed, and reaches only this machine.
 *
 * An unset variable is an error, and so is a failing tool wherever it is called: in a pipeline or a substitution, too.
 * @returns an outcome for each block up to the first that failed
 */
export async function runBlocks(
  blocks: readonly string[],
  { tools, variables, cwd }: ShellOptions,
): Promise<Outcome[]> {
  const folder = await mkdtemp(join(tmpdir(), "ecobeat-commands-"));
  const calls: Record<number, (Answer & { call: string })[]> = {};
  const server = await serve(async ({ tool, block, ...call }) => {
    const answer = await tools[tool]!(call);
    calls[block] ??= [];
    calls[block].push({ ...answer, call: [tool, ...call.args].join(" ") });
    return answer;
  });
  try {
    await install(folder, Object.keys(tools));
    await Promise.all(blocks.map((block, index) => writeFile(join(folder, `${index}.sh`), `${block}\n`)));
    const script = blocks.map((_, index) => blockScript(folder, index)).join("");
    await writeFile(join(folder, "script.sh"), `set -eu\n${script}`);
    const result = await run("bash", [join(folder, "script.sh")], {
      cwd,
      env: { ...sealed, ...variables, PATH: folder, FAKE_PROGRAMS: `${(server.address() as AddressInfo).port}` },
    });
    return outcomes(result, calls);
  } finally {
    server.close();
    await rm(folder, { recursive: true });
  }
}

/** Stands between the output of blocks. */
const mark = "\u001e";

const blockScript = (folder: string, index: number): string =>
  `export FAKE_PROGRAMS_BLOCK=${index}\nprintf '${mark}'; printf '${mark}' >&2\n. ${folder}/${index}.sh\n`;

/** Nothing listens there: other machines are unreachable. */
const nowhere = "http://127.0.0.1:9";
const sealed = { http_proxy: nowhere, https_proxy: nowhere, no_proxy: "127.0.0.1", HOME: "/nonexistent" };

function outcomes(result: Answer, calls: Readonly<Record<number, readonly (Answer & { call: string })[]>>): Outcome[] {
  const [outputs, errors] = [result.stdout, result.stderr].map((text) => text.split(mark).slice(1));
  return outputs!.map((output, index) => {
    const called = calls[index] ?? [];
    const failed = called.filter(({ code }) => code !== 0);
    const isLast = index === outputs!.length - 1;
    const problems = failed.map(({ call, stderr }) => `\`${call}\`: ${stderr.trim()}`);
    if (isLast && result.code !== 0 && problems.length === 0) {
      problems.push(`ended with ${result.code}: ${errors![index]?.trim()}`);
    }
    return { output, problem: problems.join("\n"), isReal: called.every(({ isReal }) => isReal) };
  });
}

/**
 * A fake program: the tests compute its result. It sends the number of strings, then the block, its folder, its name and arguments, and
 * reads the exit status and both outputs. Node.js would take ten times as long to start.
 */
const fakeProgram = () => `#!${pathOf("bash")}
cd -P .
exec 3<>"/dev/tcp/127.0.0.1/$FAKE_PROGRAMS"
printf '%s\\0' "$(($# + 3))" "$FAKE_PROGRAMS_BLOCK" "$PWD" "\${0##*/}" "$@" >&3
IFS= read -r -d '' code <&3
IFS= read -r -d '' stdout <&3
IFS= read -r -d '' stderr <&3
printf %s "$stdout"
printf %s "$stderr" >&2
exit "$code"
`;

async function install(folder: string, tools: readonly string[]): Promise<void> {
  await Promise.all([
    ...tools.map((tool) => writeFile(join(folder, tool), fakeProgram(), { mode: 0o755 })),
    ...realPrograms
      .filter((program) => !tools.includes(program))
      .map((program) => symlink(pathOf(program), join(folder, program))),
  ]);
}

const paths = new Map([["node", process.execPath]]);

/** Where a program is on this machine. */
export function pathOf(program: string): string {
  const path = paths.get(program) ?? execFileSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).trim();
  paths.set(program, path);
  return path;
}

/** Answers fake programs. */
async function serve(answer: (call: Call & { tool: string; block: number }) => Promise<Answer>): Promise<Server> {
  const server = createServer((socket: Socket) => {
    let question = "";
    socket.setEncoding("utf8").on("data", async (chunk: string) => {
      question += chunk;
      const [count, block, cwd, tool, ...args] = question.split("\0").slice(0, -1);
      if (args.length !== Number(count) - 3) return;
      const { code, stdout, stderr } = await answer({ block: Number(block), cwd: cwd!, tool: tool!, args }).catch(
        (error: Error) => ({ code: 1, stdout: "", stderr: `${error.stack}\n` }),
      );
      socket.end(`${[code, stdout, stderr].join("\0")}\0`);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}
