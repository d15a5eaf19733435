import { evaluate } from "../scripts/plan-review/evaluate.ts";
import { toMarkdown } from "../scripts/plan-review/markdown.ts";
import { readPlan } from "../scripts/plan-review/plan.ts";
import { median } from "../scripts/sizing/statistics.ts";
import { formatMilliseconds, type Section, toLimitRow } from "./report.ts";

const resources = 5_000;
const limitMs = 1_000;

/** How long `npm run ops -- review` takes for a plan that changes thousands of resources, every third one a policy. */
export async function measurePlanReview(): Promise<Section> {
  const text = JSON.stringify({
    format_version: "1.2",
    planned_values: {},
    resource_changes: Array.from({ length: resources }, (_, index) =>
      index % 3 === 0 ? createPolicyChange(index) : createFunctionChange(index),
    ),
  });
  const times = Array.from({ length: 5 }, () => {
    const startedAt = performance.now();
    const plan = readPlan("bench", text);
    toMarkdown([plan], evaluate([plan]));
    return performance.now() - startedAt;
  });
  return {
    title: `Review of a plan that changes ${resources.toLocaleString("en")} resources`,
    rows: [toLimitRow("median of 5", median(times), limitMs, formatMilliseconds)],
  };
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
