import { readFile } from "node:fs/promises";
import type { Plugin } from "esbuild";
import { redisCommands } from "../../service/platform/redis-commands.ts";

/** The types of the service's responses, and those that Express itself names. A test compares them with the OpenAPI document. */
export const contentTypes = [
  "application/json",
  "application/octet-stream",
  "application/problem+json",
  "text/html",
  "text/plain",
];

const unused = (what: string) =>
  `throw new Error("The archive does not contain ${what}: scripts/build/lighter-packages.ts.")`;

const commands = redisCommands.map((name) => `${name}: require("./${name.toUpperCase()}").default`).join(", ");

/**
 * Modules of which the service uses so little that a cold start would pay for the rest: together they would be a third of what it
 * reads, and a fifth of its CPU time. None of them is a fork: each offers a part of the same package, or the same class of Node.js.
 */
const replacements: Record<string, string> = {
  // The client has 400 commands, and defines a method for each, once for the client and once for transactions.
  "@redis/client/dist/lib/commands/index.js": `exports.__esModule = true; exports.default = { ${commands} };`,
  // Without clusters and sentinels. As an ES module: esbuild refuses the import of a name that is not here.
  "@redis/client/dist/index.js": `
      import client from "./lib/client/index.js";
      export { ErrorReply, MultiErrorReply } from "./lib/errors.js";
      export const createClient = client.create;`,
  // The driver of MongoDB parses connection strings with it. Node.js has the same classes, without tables for host names.
  "whatwg-url/index.js": "exports.URL = URL; exports.URLSearchParams = URLSearchParams;",
  // body-parser decodes with it. The service refuses every encoding but valid UTF-8 before that: `service/platform/body.ts`.
  "iconv-lite/lib/index.js": `
      exports.encodingExists = () => true;
      exports.getDecoder = () => { ${unused("decoders of character sets")}; };
      exports.decode = (bytes, encoding) => new TextDecoder(encoding, { fatal: true }).decode(bytes);`,
  // Express uses it for nested queries, and body-parser for forms. Express's parser of queries is Node's, by default.
  "qs/lib/index.js": `exports.parse = () => { ${unused("a parser of nested queries")}; };`,
};

/** Replaces modules of packages by the parts of them that the service uses. */
export const lighterPackages: Plugin = {
  name: "lighter-packages",
  setup(build) {
    for (const [path, contents] of Object.entries(replacements)) {
      build.onLoad({ filter: toFilter(path) }, () => ({ contents }));
    }
    build.onLoad({ filter: toFilter("mime-db/db.json") }, async ({ path }) => {
      const types = JSON.parse(await readFile(path, "utf8"));
      const kept = Object.fromEntries(contentTypes.map((type) => [type, types[type]]));
      return { contents: JSON.stringify(kept), loader: "json" };
    });
  },
};

const toFilter = (path: string) => new RegExp(`/node_modules/${path.replaceAll(".", "\\.")}$`);
