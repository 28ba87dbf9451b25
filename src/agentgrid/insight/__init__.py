"""Status and readiness: view models over what git and the grid say."""
