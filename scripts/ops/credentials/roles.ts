/** Roles that a run of HCP Terraform takes for an hour. */
export const deployRoles = ["plan", "apply"] as const;

export type DeployRole = (typeof deployRoles)[number];
