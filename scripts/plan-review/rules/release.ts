import { toCodeSpan } from "../code-span.ts";
import { computeDifferences } from "../differences.ts";
import { type Finding, findingsAbout } from "../finding.ts";
import type { ResourceChange } from "../plan.ts";

const { info, critical } = findingsAbout("Release");

/** The parts of a function's version: https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html */
const versionedAttributes =
  /^(source_code_hash|filename|s3_|image_uri|handler|runtime|memory_size|timeout|environment|layers|architectures|vpc_config|tracing_config|ephemeral_storage|snap_start)/;

/** Terraform changes code or an alias. Releases do this gradually, and can roll back. */
export function checkReleases(change: ResourceChange): Finding[] {
  const { type, effect } = change;
  if (type === "aws_lambda_alias" && effect !== "create") {
    const shiftsTraffic =
      effect !== "change" ||
      computeDifferences(change).some(({ path }) => /^(function_version|routing_config)/.test(path));
    return shiftsTraffic
      ? [critical("shifts all traffic at once, without CodeDeploy and its alarms: leave the alias to releases")]
      : [];
  }
  if (type !== "aws_lambda_function" || effect !== "change") return [];
  const attributes = computeDifferences(change)
    .map(({ path }) => path.split(".")[0]!)
    .filter((attribute) => versionedAttributes.test(attribute));
  const names = [...new Set(attributes)].map(toCodeSpan).join(", ");
  return names ? [info(`a new version, for ${names}: it gets no traffic until a release shifts the alias`)] : [];
}
