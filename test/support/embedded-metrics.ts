import { z } from "zod";

/** A metric that CloudWatch extracts from a log line. */
export interface EmbeddedMetric {
  namespace: string;
  name: string;
  unit: string;
  dimensions: Record<string, string>;
  values: number[];
}

const count = z.number().finite();

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
const metadata = z.strictObject({
  Timestamp: z.int().positive(),
  CloudWatchMetrics: z
    .array(
      z.strictObject({
        Namespace: z.string().min(1).max(1_024),
        Dimensions: z.array(z.array(z.string().min(1).max(250)).max(30)).length(1),
        Metrics: z
          .array(
            z.strictObject({
              Name: z.string().min(1).max(1_024),
              Unit: z.enum(["Count", "Milliseconds", "Seconds", "Megabytes"]),
            }),
          )
          .min(1)
          .max(100),
      }),
    )
    .min(1),
});

/**
 * The metrics that CloudWatch extracts from a line.
 *
 * @throws Error if CloudWatch would reject the metadata, or the line does not contain a metric or dimension of it
 */
export function parseEmbeddedMetrics(line: Readonly<Record<string, unknown>>): EmbeddedMetric[] {
  if (line._aws === undefined) return [];
  return metadata.parse(line._aws).CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) => {
    const dimensions = Object.fromEntries(
      Dimensions[0]!.map((name) => [name, z.string().min(1).max(1_024).parse(line[name])]),
    );
    return Metrics.map(({ Name, Unit }) => ({
      namespace: Namespace,
      name: Name,
      unit: Unit,
      dimensions,
      values: z.union([count.transform((value) => [value]), z.array(count).min(1).max(100)]).parse(line[Name]),
    }));
  });
}
