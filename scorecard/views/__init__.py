"""Pages of Pick."""
