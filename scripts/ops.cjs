// `npm run ops`: checks the version of Node.js in the process of ops.ts, since a process of its own would add a tenth to the start.
"use strict";

require("./node-version.cjs");
// The AWS SDK would print seven lines on Node.js 20 among the output that runbooks describe.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

process.argv[1] = require.resolve("./ops.ts");
import("tsx").then(() => import("./ops.ts"));
