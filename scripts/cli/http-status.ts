/** The parts of an error for an HTTP status. */
export interface StatusExplanation {
  /** Last part of the error's code. */
  readonly kind: string;
  readonly why: string;
  readonly action: string;
}

/** An API that operators know by this name. */
interface Api {
  readonly name: string;
  readonly statusPage: string;
  /** Explanations of the API's own, by status. */
  readonly explanations: Readonly<Record<number, StatusExplanation>>;
}

/** Explanations that apply to every API. */
const explanations: Readonly<Record<number, StatusExplanation>> = {
  404: {
    kind: "not-found",
    why: "It does not exist, or you have no access to it.",
    action: "Check names and ids for typing errors, and whether it was deleted.",
  },
  409: {
    kind: "conflict",
    why: "Another operation changes the same object.",
    action: "Wait until it is complete, and run this again.",
  },
  429: { kind: "rate-limited", why: "Your calls exceed the rate limit.", action: "Wait a minute, and run this again." },
};

/** Explains an error status of an API. */
export function explainStatus(status: number, api: Api): StatusExplanation {
  const explanation = api.explanations[status] ?? explanations[status];
  if (explanation) return explanation;
  return status >= 500
    ? { kind: "server-error", why: `${api.name} has a problem.`, action: `See ${api.statusPage}, and run this again.` }
    : {
        kind: "bad-request",
        why: `${api.name} does not accept the request.`,
        action: "Correct what its message names.",
      };
}
