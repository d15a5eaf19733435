// `npm run ops`: checks the version of Node.js in the process of ops.ts, since a process of its own would add a tenth to the start.
"use strict";

require("./node-version.cjs");

const { enableCompileCache } = require("node:module");

process.argv[1] = require.resolve("./ops.ts");
// From Node.js 22.18 on, tsx would only take its time.
const loader = process.features.typescript ? Promise.resolve() : import("tsx");
// From 22.1 on, modules are compiled once.
if (enableCompileCache) enableCompileCache(`${__dirname}/../.cache/compiled`);
loader.then(() => import("./ops.ts"));
