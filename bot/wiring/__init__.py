"""The only place that constructs things and joins them: `base` for every command, `serve` for Slack."""
