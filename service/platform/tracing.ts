/** A call of something that the service stands on. Nothing of what is asked and answered: that may be personal. */
export interface TracedCall {
  to: "MongoDB" | "Redis" | "KMS";
  /** As the other side names it. */
  operation?: string;
}

/** Says that a call is over and, if it failed, why. */
export type EndCall = (error?: unknown) => void;

/** Where it is written down which calls a request makes, and how long they take. Never fails. */
export interface Tracing {
  begin(call: TracedCall): EndCall;
}

const ignore = () => {};

/** Writes nothing down. */
export const untraced: Tracing = { begin: () => ignore };
