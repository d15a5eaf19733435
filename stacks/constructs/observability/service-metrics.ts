import type { BackupMetric } from "../../../scripts/backup/contract.ts";
import type { SmokeTestMetric } from "../../../scripts/release/smoke-test/contract.ts";
import {
  appVersionMetric,
  dependencyNames,
  type MeasuredCache,
  metricNamespace,
  type ServiceMetric,
  securityEventMetric,
  tlsConnectionMetric,
} from "../../../service/contract.ts";
import type { Metric, MetricMath } from "./metric.ts";

/** A metric of the service, of the backup functions or of the smoke test, over all functions. */
export const getServiceMetric = (name: ServiceMetric | BackupMetric | SmokeTestMetric, statistic: string): Metric => ({
  namespace: metricNamespace,
  name,
  dimensions: {},
  statistic,
});

/** Number of security events with a name of `service/auth/security-events.ts`. */
export const getSecurityEventMetric = (event: string): Metric => ({
  namespace: metricNamespace,
  name: securityEventMetric.name,
  dimensions: { [securityEventMetric.dimension]: event },
  statistic: "Sum",
});

/** What the functions connect to by TLS: dependencies of the service, and AWS services. */
const tlsDependencies = [...Object.values(dependencyNames), "kms", "ssm", "sqs", "email", "s3", "codedeploy", "lambda"];

/** Numbers of new TLS connections of the functions, by dependency and negotiated version. */
export const tlsConnectionMetrics: Readonly<Record<string, Metric>> = Object.fromEntries(
  tlsDependencies.flatMap((dependency) =>
    ["TLSv1.2", "TLSv1.3"].map((protocol) => [
      `${dependency} ${protocol}`,
      { namespace: metricNamespace, name: tlsConnectionMetric, dimensions: { dependency, protocol }, statistic: "Sum" },
    ]),
  ),
);

/** The search for the versions of the app, which nothing here knows, in periods of five minutes. */
export const appVersionSearch: string = `SEARCH('{${metricNamespace},${appVersionMetric.dimension}} MetricName="${appVersionMetric.name}"', 'Sum', 300)`;

/** Hit ratio of a cache of the service, in percent. */
export function getHitRatio(cache: MeasuredCache): MetricMath {
  const [hits, misses] = [`${cache.toLowerCase()}_hits`, `${cache.toLowerCase()}_misses`];
  return {
    expression: `100 * FILL(${hits}, 0) / (FILL(${hits}, 0) + FILL(${misses}, 0))`,
    metrics: {
      [hits]: getServiceMetric(`${cache}CacheHits`, "Sum"),
      [misses]: getServiceMetric(`${cache}CacheMisses`, "Sum"),
    },
  };
}
