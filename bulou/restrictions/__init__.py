"""The register of restrictions: basis, evidence, two approvers, a hard end, appeal."""
