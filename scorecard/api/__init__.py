"""Pick over REST."""
