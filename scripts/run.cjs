// `node scripts/run.cjs FILE [ARGUMENTS]`: runs a TypeScript program as fast as this Node.js can. It checks the version of Node.js
// in the same process, since a process of its own would add a tenth to the start.
"use strict";

require("./node-version.cjs");

const { enableCompileCache } = require("node:module");
const { resolve } = require("node:path");
const { pathToFileURL } = require("node:url");

process.argv.splice(1, 1);
if (!process.argv[1]) {
  console.error("Usage: node scripts/run.cjs FILE [ARGUMENTS]");
  process.exit(2);
}
process.argv[1] = resolve(process.argv[1]);
// From Node.js 22.18 on, tsx would only take its time. Before, it need not look at the CommonJS of packages.
const loader = process.features.typescript ? Promise.resolve() : import("tsx/esm");
// From 22.1 on, modules are compiled once.
if (enableCompileCache) enableCompileCache(`${__dirname}/../.cache/compiled`);
loader.then(() => import(pathToFileURL(process.argv[1])));
