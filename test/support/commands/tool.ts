/** A call of a tool, as a shell made it. */
export interface Call {
  readonly args: readonly string[];
  readonly cwd: string;
}

/** The result of a tool, and whether it comes from the real program. */
export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** @default false */
  readonly isReal?: boolean;
}

/** A fake of a program. */
export type Tool = (call: Call) => Answer | Promise<Answer>;

export const accepted = (stdout = ""): Answer => ({ code: 0, stdout, stderr: "" });

export const refused = (reason: string): Answer => ({ code: 2, stdout: "", stderr: `${reason}\n` });
