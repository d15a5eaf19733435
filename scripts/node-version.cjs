// Ends any npm script on a Node.js older than package.json allows. It runs on that Node.js itself, hence CommonJS and old syntax.
"use strict";

var minimum = require("../package.json").engines.node.replace(">=", "");

function isBelow(version, other) {
  var parts = version.split(".").map(Number);
  var others = other.split(".").map(Number);
  return parts[0] === others[0] ? parts[1] < others[1] : parts[0] < others[0];
}

if (isBelow(process.versions.node, minimum)) {
  console.error(
    "Node.js " +
      process.versions.node +
      " is too old: install " +
      minimum +
      " or later from https://nodejs.org/en/download.",
  );
  process.exit(1);
}
