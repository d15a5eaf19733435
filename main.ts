// Before CDKTF is loaded.
import "./stacks/source-maps.ts";
import { App } from "cdktf";
import { getArchives } from "./scripts/build/kept-archives.ts";
import { OperatorError } from "./scripts/cli/errors.ts";
import { ArchiveStack } from "./stacks/archive.ts";
import { DatabaseStack } from "./stacks/database.ts";
import { addDeployRoles } from "./stacks/deploy-permissions/environment-roles.ts";
import { EdgeStack } from "./stacks/edge.ts";
import { functionArchitecture } from "./stacks/environments/shared.ts";
import { ConstructError } from "./stacks/errors.ts";
import { FoundationStack } from "./stacks/foundation.ts";
import { HcpTerraformStack } from "./stacks/hcp-terraform.ts";
import { PreviewStack } from "./stacks/preview.ts";
import { readPreviewRequest } from "./stacks/preview-request.ts";
import { ServiceStack } from "./stacks/service.ts";
import { synthesisReport } from "./stacks/synthesis-report.ts";

try {
  const { environments } = await import("./stacks/environments/index.ts");
  const archives = await getArchives(import.meta.dirname, functionArchitecture);

  // CDKTF would start Terraform for each stack, to compare its version. Each stack requires one, which Terraform compares itself.
  const app = new App({ skipValidation: true });
  for (const environment of Object.values(environments)) {
    const foundation = new FoundationStack(app, environment);
    const database = new DatabaseStack(app, environment, { foundation });
    const service = new ServiceStack(app, environment, { foundation, ...archives });
    const {
      cdn,
      database: { onlineArchive },
    } = environment;
    const edge = cdn ? [new EdgeStack(app, environment, { foundation, service, cdn })] : [];
    const onlineArchives = onlineArchive ? [new ArchiveStack(app, environment, { onlineArchive })] : [];
    addDeployRoles(foundation, [foundation, database, service, ...edge, ...onlineArchives]);
  }
  new HcpTerraformStack(app);
  const preview = readPreviewRequest(process.env);
  if (preview) PreviewStack.add(app, preview, archives.archive);
  app.synth();

  console.log(synthesisReport(app));
} catch (error) {
  if (!(error instanceof ConstructError || error instanceof OperatorError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
