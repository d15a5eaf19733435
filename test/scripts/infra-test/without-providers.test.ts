import { expect } from "chai";
import { absentProviders } from "../../../scripts/infra-test/absent-providers.ts";
import { Report } from "../../../scripts/infra-test/report.ts";
import { withoutProviders } from "../../../scripts/infra-test/without-providers.ts";

const stack = (name: string, configuration: object) => ({
  name,
  folder: "/nowhere",
  dependencies: [],
  configuration: structuredClone(configuration) as never,
});

const withAtlas = stack("ecobeat-staging-database", {
  terraform: { required_providers: { aws: { version: "~> 6.28" }, mongodbatlas: { version: "~> 1.41" } } },
  provider: { aws: [{ region: "eu-west-1" }], mongodbatlas: [{}] },
  resource: {
    mongodbatlas_project: { project: { name: "ecobeat" } },
    mongodbatlas_advanced_cluster: { cluster: { project_id: "${mongodbatlas_project.project.id}" } },
    aws_ssm_parameter: {
      uri: {
        value:
          "${mongodbatlas_advanced_cluster.cluster.connection_strings[0].private_endpoint[0].srv_connection_string}/ecobeat",
        depends_on: ["mongodbatlas_advanced_cluster.cluster"],
      },
    },
  },
});
const withoutAtlas = stack("ecobeat-staging-service", {
  terraform: { required_providers: { aws: { version: "~> 6.28" } } },
  provider: { aws: [{ region: "eu-west-1" }] },
  resource: { aws_ssm_parameter: { other: { value: "1" } } },
});

describe("rehearsal: doing without a provider", () => {
  const lines: string[] = [];
  const report = new Report((line) => lines.push(line), [withAtlas.name]);
  const [reduced, same] = withoutProviders([withAtlas, withoutAtlas], absentProviders, report);

  it("takes out the provider and all its resources, and keeps what is AWS's", () => {
    expect(reduced!.configuration).to.deep.equal({
      terraform: { required_providers: { aws: { version: "~> 6.28" } } },
      provider: { aws: [{ region: "eu-west-1" }] },
      resource: {
        aws_ssm_parameter: {
          uri: {
            value: '${"rehearsal-mongodbatlas-advanced-cluster-srv-connection-string"}/ecobeat',
            depends_on: [],
          },
        },
      },
    });
  });

  it("leaves the other stacks as they are", () => {
    expect(same).to.deep.equal(withoutAtlas);
  });

  it("says so, with the number of resources and the reason, and counts it as skipped once", () => {
    expect(report.tally).to.deep.equal({ passed: 0, failed: 0, skipped: 1 });
    expect(lines.join("\n")).to.match(
      /^skipped +ecobeat-staging-database +mongodbatlas +2 resources left out: Atlas has no emulator/,
    );
  });
});
