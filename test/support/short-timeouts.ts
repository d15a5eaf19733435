import { defaultTimeouts, type Timeouts } from "../../service/platform/timeouts.ts";

/** The timeouts of the service, divided by fifty: a test waits for its real timers, but not for seconds. */
export const shortTimeouts = Object.fromEntries(
  Object.entries(defaultTimeouts).map(([name, milliseconds]) => [name, Math.ceil(milliseconds / 50)]),
) as unknown as Timeouts;
