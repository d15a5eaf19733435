// `npm run ops`: checks the version of Node.js in the process of ops.ts, since a process of its own would add a tenth to the start.
"use strict";

require("./node-version.cjs");

process.argv[1] = require.resolve("./ops.ts");
import("tsx").then(() => import("./ops.ts"));
