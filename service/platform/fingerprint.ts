import { createHash } from "node:crypto";

/** Members that the libraries and Node add to their errors. */
interface KnownError {
  name: string;
  code?: unknown;
  stack?: string | undefined;
  message: string;
  cause?: unknown;
}

/** Deep enough for a chain of causes. */
const maxCauses = 5;
/** The functions next to the mistake tell kinds apart. Those further up only show how it was reached. */
const maxFunctions = 3;

/** A name from the code, not composed at run time: it contains nothing of a request. */
const word = /^[\w-]{1,64}$/;

/**
 * A short name for the kind of an error, by which errors are counted: `TypeError-3f2a91c04b5d`. It is a digest of the names and
 * codes of the error and its causes, and of the functions that threw it. Messages, paths and line numbers are excluded, since
 * they change with each request and each release. Only an update of a library in the stack may change it.
 */
export function fingerprint(error: unknown): string {
  const chain = causes(error);
  const kind = [chain.map(({ name, code }) => `${name} ${toWord(code, "")}`), findFunctions(chain[0])];
  const digest = createHash("sha256").update(JSON.stringify(kind)).digest("hex").slice(0, 12);
  return `${toWord(chain[0]?.name, typeof error)}-${digest}`;
}

/** The error and its causes, as far as they are errors. */
function causes(error: unknown): KnownError[] {
  const chain: KnownError[] = [];
  for (let each = error; each instanceof Error && chain.length < maxCauses; each = each.cause) chain.push(each);
  return chain;
}

const toWord = (value: unknown, otherwise: string): string =>
  (typeof value === "string" || typeof value === "number") && word.test(String(value)) ? String(value) : otherwise;

/** `at async RedisConnection.run [as execute] (/var/task/index.js:1:23)`: the function and its location. */
const frame = /^ {4}at (?:async )?(?:new )?([^(]+?)(?: \[as [^\]]+\])? \((.+)\)$/;

/** Names of the functions in the stack of an error, without those of Node and JavaScript. */
function findFunctions(error: KnownError | undefined): string[] {
  const { stack = "", message = "" } = error ?? {};
  // The message comes first, and may look like a frame.
  const lines = stack.slice(stack.indexOf(message) + message.length).split("\n");
  return lines
    .map((line) => frame.exec(line))
    .filter((found) => found !== null && isCode(found[2]!))
    .map((found) => found![1]!.split(".").at(-1)!)
    .filter((name) => /^[\w$]+$/.test(name))
    .map(withoutNumber)
    .slice(0, maxFunctions);
}

/** A bundle numbers the functions that have one name: `find`, `find2`. */
const withoutNumber = (name: string): string => name.replace(/\d+$/, "");

/** Whether a location is in a file that is not part of Node. */
const isCode = (location: string): boolean => /:\d+:\d+$/.test(location) && !location.startsWith("node:");
