import { App } from "cdktf";
import { buildLambdaArchive } from "./scripts/bundle/archive.ts";
import { DatabaseStack } from "./stacks/database.ts";
import { EdgeStack } from "./stacks/edge.ts";
import { environments, functionArchitecture } from "./stacks/environments.ts";
import { FoundationStack } from "./stacks/foundation.ts";
import { ServiceStack } from "./stacks/service.ts";
import { synthesisReport } from "./stacks/synthesis-report.ts";

const archive = await buildLambdaArchive(functionArchitecture);

const app = new App();
for (const environment of Object.values(environments)) {
  const foundation = new FoundationStack(app, environment);
  new DatabaseStack(app, environment, { foundation });
  const service = new ServiceStack(app, environment, { foundation, archive });
  if (environment.cdn) {
    new EdgeStack(app, environment, { foundation, service, cdn: environment.cdn });
  }
}
app.synth();

console.log(synthesisReport(app));
