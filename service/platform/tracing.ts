/** A call to a dependency, without its arguments and result: they may be personal data. */
export interface TracedCall {
  to: "MongoDB" | "Redis" | "KMS";
  /** As the dependency names it. */
  operation?: string;
}

/** Ends a call, with the error if it failed. */
export type EndCall = (error?: unknown) => void;

/** Records the calls of a request, and how long they take. Never fails. */
export interface Tracing {
  begin(call: TracedCall): EndCall;
}

const ignore = () => {};

/** Records nothing. */
export const untraced: Tracing = { begin: () => ignore };
