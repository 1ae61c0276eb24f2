"""Questions about what makes pods: Deployments and their like, Jobs and CronJobs."""
