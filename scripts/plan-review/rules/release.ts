import { toCodeSpan } from "../code-span.ts";
import { computeDifferences } from "../differences.ts";
import type { Finding } from "../finding.ts";
import type { ResourceChange } from "../plan.ts";

const subject = "Release";

/** What a version of a function is made of: https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html */
const versionedAttributes =
  /^(source_code_hash|filename|s3_|image_uri|handler|runtime|memory_size|timeout|environment|layers|architectures|vpc_config|tracing_config|ephemeral_storage|snap_start)/;

/** Code or an alias changes, which is for releases to do, step by step and with a way back. */
export function checkReleases(change: ResourceChange): Finding[] {
  const { type, effect } = change;
  if (type === "aws_lambda_alias" && effect !== "create") {
    const moved =
      effect === "change"
        ? computeDifferences(change).filter(
            ({ name, path }) => name === "function_version" || path.startsWith("routing_config"),
          )
        : [];
    if (effect === "change" && moved.length === 0) return [];
    const text =
      "moves all requests at once, past CodeDeploy and its alarms: releases move it, Terraform must leave it alone";
    return [{ severity: "danger", subject, text }];
  }
  if (type !== "aws_lambda_function" || effect !== "change") return [];
  const changed = computeDifferences(change).filter(({ path }) => versionedAttributes.test(path));
  if (changed.length === 0) return [];
  const names = [...new Set(changed.map(({ path }) => path.split(".")[0]!))];
  const text = `a new version, for ${names.map(toCodeSpan).join(", ")}: it serves nobody before a release moves the alias`;
  return [{ severity: "note", subject, text }];
}
