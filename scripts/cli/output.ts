/** Receives a line for the operator. */
export type Log = (line: string) => void;

/** Where a command writes what it does: with `--json`, standard output contains only the result. */
export const createLog = (json = false): Log => (json ? console.error : console.log);

/** Prints the result of a command with `--json`. */
export const printJson = (result: unknown): void => console.log(JSON.stringify(result, null, 2));
