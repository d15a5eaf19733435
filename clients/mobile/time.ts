/** How time passes for the client. */
export interface Time {
  /** Milliseconds since some fixed time. */
  now(): number;
  /** Resolves after this time, or earlier when `ended` aborts. */
  wait(milliseconds: number, ended?: AbortSignal): Promise<void>;
}

/** The phone's time. Its clock is not the one that users set. */
export const phoneTime: Time = {
  now: () => performance.now(),
  wait: (milliseconds, ended) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      ended?.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    }),
};
