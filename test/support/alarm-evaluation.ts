import type { Attributes } from "./synthesize.ts";

/** A metric of an alarm, as Terraform has it. */
export interface AlarmMetric {
  readonly namespace: string;
  readonly name: string;
  readonly statistic: string;
}

/** The value of a metric over some minutes, from the first to before the last; `undefined` if CloudWatch has no data. */
export type Measure = (metric: AlarmMetric, from: number, to: number) => number | undefined;

/**
 * Whether an alarm is in ALARM at a minute, as CloudWatch evaluates an expression over one sliding window:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html
 *
 * @throws Error for any other kind of alarm
 */
export function isInAlarm(alarm: Attributes, minute: number, measure: Measure): boolean {
  const [result, ...queries] = alarm.metric_query ?? [];
  if (!result?.expression || alarm.evaluation_periods !== 1 || alarm.comparison_operator !== "GreaterThanThreshold") {
    throw new Error(`The alarm ${alarm.alarm_name} is not an expression over one window. Extend the evaluation.`);
  }
  const values = new Map<string, Value>(
    queries.map(({ id, metric: { namespace, metric_name, stat, period } }: Attributes) => {
      const from = minute - period / 60;
      return [id, measure({ namespace, name: metric_name, statistic: stat }, from, minute)] as const;
    }),
  );
  const value = evaluateExpression(result.expression, values);
  return value === undefined ? alarm.treat_missing_data === "breaching" : value > alarm.threshold;
}

/** Whether the rule of a composite alarm holds, a conjunction of alarms by their ids in the stack. */
export function isRuleMet(rule: string, isFiring: (id: string) => boolean): boolean {
  return rule.split(" AND ").every((term) => {
    const [, id] = /^ALARM\(\$\{aws_cloudwatch_metric_alarm\.([\w-]+)\.alarm_name\}\)$/.exec(term) ?? [];
    if (!id) throw new Error(`The term ${term} is not supported.`);
    return isFiring(id);
  });
}

type Value = number | undefined;

/** Applies an operation to values of which none is missing. */
const combine = (one: Value, other: Value, operate: (one: number, other: number) => number): Value =>
  one === undefined || other === undefined ? undefined : operate(one, other);

/** Operators by their precedence, the weakest first. */
const operators: readonly Readonly<Record<string, (one: number, other: number) => number>>[] = [
  { ">=": (one, other) => Number(one >= other), ">": (one, other) => Number(one > other) },
  { "+": (one, other) => one + other, "-": (one, other) => one - other },
  { "*": (one, other) => one * other, "/": (one, other) => one / other },
];

/**
 * The value of a metric math expression at one point in time. Knows arithmetic, comparisons, `IF` and `FILL`, which the service
 * levels use. A missing value makes the result missing, unless `FILL` replaces it.
 *
 * @throws Error for any other syntax
 */
export function evaluateExpression(text: string, values: ReadonlyMap<string, Value>): Value {
  const tokens = text.match(/[A-Za-z_]\w*|\d+(\.\d+)?|>=|[-+*/()>,]|\S/g) ?? [];
  const take = (expected?: string): string => {
    const token = tokens.shift() ?? "";
    if (expected !== undefined && token !== expected) throw new Error(`Expected ${expected}, not "${token}": ${text}`);
    return token;
  };
  const readOperand = (): Value => {
    const token = take();
    if (token === "(") return readUntil(")");
    if (token === "IF" || token === "FILL") {
      take("(");
      const first = readUntil(",");
      if (token === "FILL") {
        const replacement = readUntil(")");
        return first ?? replacement;
      }
      const [yes, no] = [readUntil(","), readUntil(")")];
      return first === undefined ? undefined : first ? yes : no;
    }
    if (/^\d/.test(token)) return Number(token);
    if (!values.has(token)) throw new Error(`Unknown metric or function "${token}": ${text}`);
    return values.get(token);
  };
  const readFrom = (level: number): Value => {
    const known = operators[level];
    if (!known) return readOperand();
    let value = readFrom(level + 1);
    while (tokens[0] !== undefined && tokens[0] in known) {
      const operate = known[take()]!;
      value = combine(value, readFrom(level + 1), operate);
    }
    return value;
  };
  const readUntil = (end: string): Value => {
    const value = readFrom(0);
    take(end);
    return value;
  };
  const value = readFrom(0);
  if (tokens.length > 0) throw new Error(`Unexpected "${tokens[0]}": ${text}`);
  return value;
}
