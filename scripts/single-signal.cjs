// Preloaded into `tsx watch`, which kills the server at a second signal. At Ctrl-C the terminal sends one, and npm another, which
// service/local/shutdown.ts explains: within this time, they are the same. The server then ends requests in progress, and its lock.
"use strict";

const sameSignalMilliseconds = 500;

const emit = process.emit;
const emittedAt = { SIGINT: -Infinity, SIGTERM: -Infinity };

process.emit = function (event, ...values) {
  if (Object.hasOwn(emittedAt, event)) {
    const isSame = performance.now() - emittedAt[event] < sameSignalMilliseconds;
    if (isSame) return true;
    emittedAt[event] = performance.now();
  }
  return emit.call(this, event, ...values);
};
