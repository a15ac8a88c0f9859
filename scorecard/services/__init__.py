"""Changes of state in Pick."""
