/** How a drill gets from an alarm to the runbook of its scenario. */
export interface AlarmRoute {
  /**
   * The alarm that fires, without its environment, such as `-api-errors`.
   * @default none fires in time: engineers find the runbook in the index, by the symptom
   */
  readonly alarm?: string;
  /**
   * The runbooks that lead there from the alarm, with the steps of their decision. The drill follows them when it has detected the
   * disaster.
   * @default the alarm names the scenario's runbook itself
   */
  readonly route?: readonly RouteRunbook[];
  /** What a person who practises is told. */
  readonly practice: Practice;
}

/** A runbook on the way from an alarm to the recovery. */
export interface RouteRunbook {
  readonly name: string;
  /** Numbers of the steps before the link to the next runbook. */
  readonly steps: readonly number[];
  /**
   * Variables that its first look asks for. A person who practises decides them.
   *
   * @default none
   */
  readonly decided?: Readonly<Record<string, string>>;
}

/** In all texts, `<environment>` stands for the environment, and `<since>` for the time of the disaster. */
export interface Practice {
  /** The description of the alarm, without the link to its runbook; without an alarm, what a colleague reports. */
  readonly message: string;
  /** What the dashboard, saved queries, Atlas and commands would show that this machine does not have. */
  readonly observations: readonly string[];
}

/** The page of production when too many requests fail: its alarm and its message. */
export const errorsPage = {
  alarm: "-slo-errors-fast",
  message:
    "More than 1.44 % of all requests failed with 5xx or were throttled in the last hour, and in the last 5 minutes: 14.4 times as " +
    "many as the objective of 99.9 % allows.",
} as const;
