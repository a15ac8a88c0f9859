"""Pages of data work, by what people do there."""
