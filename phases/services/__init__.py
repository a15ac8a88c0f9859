"""Changes of state: gates, waivers, thresholds, readings; the Audit content."""
