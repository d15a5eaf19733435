import { evaluate } from "../scripts/plan-review/evaluate.ts";
import { toMarkdown } from "../scripts/plan-review/markdown.ts";
import { readPlan } from "../scripts/plan-review/plan.ts";
import { median } from "../scripts/sizing/statistics.ts";
import { formatMilliseconds, type Section, toLimitRow } from "./report.ts";

const resources = 5_000;
const limitMs = 1_000;

/** How long `npm run ops -- review` takes: of thousands of resources, every third one a policy, and of the largest policy. */
export async function measurePlanReview(): Promise<Section> {
  const changes = Array.from({ length: resources }, (_, index) =>
    index % 3 === 0 ? createPolicyChange(index) : createFunctionChange(index),
  );
  return {
    title: "Review of a plan",
    rows: [
      toLimitRow(
        `${resources.toLocaleString("en")} resources, median of 5`,
        measure(changes),
        limitMs,
        formatMilliseconds,
      ),
      toLimitRow("one policy of 32 kB, median of 5", measure([createLargePolicyChange()]), limitMs, formatMilliseconds),
    ],
  };
}

function measure(resource_changes: readonly object[]): number {
  const text = JSON.stringify({ format_version: "1.2", planned_values: {}, resource_changes });
  const times = Array.from({ length: 5 }, () => {
    const startedAt = performance.now();
    const plan = readPlan("bench", text);
    toMarkdown([plan], evaluate([plan]));
    return performance.now() - startedAt;
  });
  return median(times);
}

const createChange = (type: string, index: number, before: object, after: object) => ({
  address: `${type}.of_number_${index}`,
  mode: "managed",
  type,
  change: { actions: ["update"], before, after, after_unknown: {}, before_sensitive: {}, after_sensitive: {} },
});

const createFunctionChange = (index: number) =>
  createChange("aws_lambda_function", index, { memory_size: index, tags: { of: "a" } }, { memory_size: index + 1 });

function createPolicyChange(index: number) {
  const document = (bucket: string) =>
    JSON.stringify({
      Statement: Array.from({ length: 10 }, (_, part) => ({
        Effect: "Allow",
        Action: ["s3:GetObject", `s3:Action${part}`],
        Resource: [`arn:aws:s3:::${bucket}/*`, `arn:aws:s3:::${part}/*`],
      })),
    });
  return createChange("aws_iam_role_policy", index, { policy: document("old") }, { policy: document("new") });
}

/** The policy of a key may have 32 kB, more than any other: https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html */
function createLargePolicyChange() {
  const document = (bucket: string) =>
    JSON.stringify({
      Statement: Array.from({ length: 40 }, (_, part) => ({
        Effect: "Allow",
        Action: Array.from({ length: 15 }, (_, index) => `s3:Action${part}${index}*`),
        Resource: Array.from({ length: 15 }, (_, index) => `arn:aws:s3:::${bucket}-${part}-${index}/*`),
      })),
    });
  return createChange("aws_kms_key", 0, { policy: document("old") }, { policy: document("new") });
}
