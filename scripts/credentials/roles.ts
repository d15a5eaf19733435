/** Roles worth stealing: runs of HCP Terraform take the first two for an hour, jobs of GitHub the last. */
export const deployRoles = ["plan", "apply", "release"] as const;

export type DeployRole = (typeof deployRoles)[number];
