"""Adoption over REST."""
