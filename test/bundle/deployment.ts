import { type Deployment, deployDatabase, deployService } from "../../bench/deployed-service.ts";

export { type Deployment, deployDatabase, deployService };

/** A suite on real services. It is skipped if one of the variables that name them is not set. */
export function describeDeployed(
  variables: readonly string[],
  deploy: () => Promise<Deployment>,
  body: (getDeployment: () => Deployment) => void,
): void {
  const missing = variables.filter((variable) => !process.env[variable]);
  const isSkipped = missing.length > 0;
  const title = `with real services${isSkipped ? ` (skipped: ${missing} not set)` : ""}`;
  (isSkipped ? describe.skip : describe)(title, () => {
    let deployment: Deployment;
    before(async () => {
      deployment = await deploy();
    });
    after(() => deployment?.remove());
    body(() => deployment);
  });
}
