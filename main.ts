import { App } from "cdktf";
import { buildLambdaArchive } from "./scripts/bundle/archive.ts";
import { DatabaseStack } from "./stacks/database.ts";
import { environments, functionArchitecture } from "./stacks/environments.ts";
import { FoundationStack } from "./stacks/foundation.ts";
import { ServiceStack } from "./stacks/service.ts";
import { synthesisReport } from "./stacks/synthesis-report.ts";

const archive = await buildLambdaArchive(functionArchitecture);

const app = new App();
for (const environment of Object.values(environments)) {
  const foundation = new FoundationStack(app, environment);
  new DatabaseStack(app, environment, { foundation });
  new ServiceStack(app, environment, { foundation, archive });
}
app.synth();

console.log(synthesisReport(app));
