/** Roles whose sessions an attacker could use: HCP Terraform assumes the first two for an hour, GitHub Actions the others. */
export const deployRoles = ["plan", "apply", "release", "release-override"] as const;

export type DeployRole = (typeof deployRoles)[number];
