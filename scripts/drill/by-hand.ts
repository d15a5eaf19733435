import { once } from "node:events";
import { createInterface } from "node:readline/promises";

/**
 * Lets a person follow a page in a terminal of their own, and waits until they say that they are done.
 * @param variables what they are to export
 * @param steps those that the page's decision leads to; @default all
 */
export async function handOver(
  page: string,
  variables: NodeJS.ProcessEnv,
  steps?: readonly number[],
): Promise<void> {
  const exports = Object.entries(variables)
    .filter(([name]) => !["PATH", "HOME"].includes(name))
    .map(([name, value]) => `export ${name}='${value}'`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answered = terminal.question(
    `\nIn another terminal, in this folder:\n\n${exports.join("\n")}\n\n` +
      `Then follow runbooks/${page}.md${steps ? `, steps ${steps.join(", ")}` : ""}. Press Enter here when you are done. `,
  );
  await Promise.race([answered, once(terminal, "close")]);
  terminal.close();
}
