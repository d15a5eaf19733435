import { evaluate } from "../scripts/plan-review/evaluate.ts";
import { toMarkdown } from "../scripts/plan-review/markdown.ts";
import { readPlan } from "../scripts/plan-review/plan.ts";
import { formatMilliseconds, type Section } from "./report.ts";

const resources = 5_000;
const limitMilliseconds = 1_000;

/** How long `npm run ops -- review` thinks about a plan that changes thousands of resources, each third one a policy. */
export async function measurePlanReview(): Promise<Section> {
  const text = JSON.stringify({
    format_version: "1.2",
    planned_values: {},
    resource_changes: Array.from({ length: resources }, (_, index) =>
      index % 3 === 0 ? policy(index) : lambda(index),
    ),
  });
  const times = Array.from({ length: 5 }, () => {
    const started = performance.now();
    const plan = readPlan("bench", text);
    toMarkdown([plan], evaluate([plan]));
    return performance.now() - started;
  });
  const median = times.sort((one, other) => one - other)[2]!;
  return {
    title: `Review of a plan that changes ${resources.toLocaleString("en")} resources`,
    rows: [
      {
        what: "the median of five",
        figure: formatMilliseconds(median),
        target: `target < ${formatMilliseconds(limitMilliseconds)}`,
        isMet: median < limitMilliseconds,
      },
    ],
  };
}

const change = (type: string, index: number, before: object, after: object) => ({
  address: `${type}.of_number_${index}`,
  mode: "managed",
  type,
  change: {
    actions: ["update"],
    before,
    after,
    after_unknown: {},
    before_sensitive: {},
    after_sensitive: {},
  },
});

const lambda = (index: number) =>
  change("aws_lambda_function", index, { memory_size: index, tags: { of: "a" } }, { memory_size: index + 1 });

function policy(index: number) {
  const document = (bucket: string) =>
    JSON.stringify({
      Statement: Array.from({ length: 10 }, (_, part) => ({
        Effect: "Allow",
        Action: ["s3:GetObject", `s3:Action${part}`],
        Resource: [`arn:aws:s3:::${bucket}/*`, `arn:aws:s3:::${part}/*`],
      })),
    });
  return change("aws_iam_role_policy", index, { policy: document("old") }, { policy: document("new") });
}
