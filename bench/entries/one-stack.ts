// The smallest CDKTF app of use: one stack with one resource.
import { AwsProvider } from "@cdktf/provider-aws/lib/provider/index.js";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue/index.js";
import { App, TerraformStack } from "cdktf";

const app = new App({ skipValidation: true });
const stack = new TerraformStack(app, "one");
new AwsProvider(stack, "aws", { region: "eu-west-1" });
new SqsQueue(stack, "queue", { name: "queue" });
app.synth();
