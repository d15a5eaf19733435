import type { Environment } from "../../stacks/environments.ts";
import type { Scenario } from "./traffic-model.ts";

/** Quota of Service Quotas, for `aws service-quotas`. */
export interface QuotaCode {
  readonly ServiceCode: string;
  readonly QuotaCode: string;
}

/**
 * The alarm before a limit.
 *
 * `suffix` is the end of a CloudWatch alarm's name, `alert` the construct id of an alert of Atlas, `none` the reason why there is
 * neither.
 */
export type LimitAlarm =
  | {
      readonly suffix: string;
      /** Threshold of the alarm at 100 % of the limit, for each unit of the limit; `percent` if it is a percentage. @default 1 */
      readonly scale?: number | "percent";
    }
  | { readonly alert: string; readonly scale?: number | "percent" }
  | { readonly none: string };

/** Something that is used up as the service grows. */
export interface Limit {
  readonly id: string;
  readonly name: string;
  readonly unit: string;
  /** Beyond it, requests fail or are slower, or our own backups are no longer enough, which users do not notice. */
  readonly effect: "fails" | "slows" | "backups";
  /** What raises it: a member of the environment, or a quota of the account. */
  readonly raise: string;
  /** Undefined if the environment does not have it. */
  readonly value: (environment: Environment) => number | undefined;
  /** What it must be for a scenario. Rises with the users. @default it depends on something that is not known */
  readonly load?: (scenario: Scenario, environment: Environment) => number;
  /**
   * What the member must be for a load, such as `"M30"`; undefined if no value is enough.
   *
   * @default the load
   */
  readonly findNeeded?: (environment: Environment, load: number) => string | undefined;
  /** Where the limit is documented. @default the environment's configuration */
  readonly source?: string;
  /** Who can raise it: an engineer in `stacks/environments/`, AWS on request, or no one. */
  readonly adjustable: "member" | "quota" | "fixed";
  /** @default Service Quotas does not have it */
  readonly quota?: QuotaCode;
  /**
   * What the quota or the setting must be so that the environment's own limits are the lower ones.
   *
   * @default the limit is no quota, or another check of the doctor compares it
   */
  readonly needed?: (environment: Environment) => number;
  readonly alarm: LimitAlarm;
}
