const words = process.argv.slice(2);
const named = words.filter((word) => /^[^-].*\.test\.ts$/.test(word));

// From Node.js 22.18 on, tsx would only take its time, and modules are compiled once: for all workers, and the programs that tests start.
const isNative = Boolean(process.features.typescript);
if (isNative) process.env.NODE_COMPILE_CACHE ??= `${__dirname}/.cache/compiled`;

// The V8 of Node.js 20 optimizes code early, in other threads, which costs tests more than it saves. Node.js 24 lacks the option.
const lateOptimization = process.versions.node.startsWith("20.") ? ["interrupt-budget=1000000"] : [];

module.exports = {
  // V8 compiles a function at its first call, as tests call few of a package, and leaves the other processors to other workers.
  "node-option": [...(isNative ? [] : ["import=tsx"]), "max-lazy", "single-threaded-gc", ...lateOptimization],
  // Mocha would add these to tests in the arguments.
  spec: named.length > 0 ? [] : ["test/**/!(*.slow).test.ts"],
  require: ["test/support/temporary-root.ts", "test/support/unhandled-rejections.ts"],
  reporter: "test/support/reporter.cjs",
  timeout: 180_000,
  // A file alone needs no worker. One that is watched does: a new one for each change.
  parallel: named.length !== 1 || named[0].includes("*") || words.some((word) => /^(-w|--watch)$/.test(word)),
  // On two processors: many tests wait for a process or a timer.
  jobs: 3,
  "forbid-only": true,
  exit: true,
};
