/** A timer that runs this much longer than it should was stopped together with its process. */
const frozenMilliseconds = 1_000;

/** A freeze repeats the part in which it falls. */
const partMilliseconds = 500;

/**
 * Calls back after a time in which this process was able to run.
 *
 * Lambda freezes a process between two requests, a laptop sleeps. All timers that run out meanwhile fire at the thaw, before a reply
 * that has arrived is read. Such a timer says nothing about what it waits for, so it continues with the time that was left.
 *
 * @returns a function that cancels the timer
 */
export function startAwakeTimer(milliseconds: number, onEnd: () => void): () => void {
  let left = milliseconds;
  let timer: NodeJS.Timeout;
  const startPart = () => {
    const part = Math.min(left, partMilliseconds);
    const startedAt = performance.now();
    timer = setTimeout(() => {
      const elapsed = performance.now() - startedAt;
      if (elapsed < part + frozenMilliseconds) left -= elapsed;
      if (left >= 1) startPart();
      else onEnd();
    }, part);
  };
  startPart();
  return () => clearTimeout(timer);
}
