"""Room four: what speaks for and against each cluster."""
