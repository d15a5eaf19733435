import { problems } from "../platform/problems.ts";
import { computeEmissions, isKnownKind } from "./kinds.ts";
import type { Activity, Content } from "./repository.ts";
import { type ActivityChange, timeFaults } from "./schemas.ts";

/**
 * The members that a change sets. Emissions are recomputed only if kind or quantity change: a corrected note must not replace last
 * year's figure by one of today's table.
 *
 * @throws the problem `invalid-body` for a time in the future, or too long ago; `unknown-kind` if only another version of the service
 *   can compute the emissions
 */
export function toChangedContent(
  before: Activity,
  { kind, quantity, note, occurred_at }: ActivityChange,
  now: number,
): Partial<Content> {
  const faults = timeFaults(occurred_at, now, "/occurred_at");
  if (faults.length > 0) throw problems.invalidBody(faults);
  return {
    ...(note !== undefined && { note }),
    ...(occurred_at && { occurredAt: occurred_at }),
    ...((kind ?? quantity) !== undefined && measured(kind ?? before.kind, quantity ?? before.quantity)),
  };
}

function measured(kind: string, quantity: number) {
  if (!isKnownKind(kind)) throw problems.unknownKind("/kind");
  return { kind, quantity, ...computeEmissions(kind, quantity) };
}
