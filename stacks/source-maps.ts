/**
 * Lets Node.js pass over the source maps of CDKTF and its providers. It would parse each of them, and look up each line of the stack traces
 * that CDKTF keeps for its tokens: a tenth of a synthesis's CPU time, and 55 MB. Those of this repository are loaded before this module
 * runs, and show the lines of an error that nothing expects.
 */
process.setSourceMapsEnabled(false);
process.once("uncaughtExceptionMonitor", () => process.setSourceMapsEnabled(true));
