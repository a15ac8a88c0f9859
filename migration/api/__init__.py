"""The REST face of data work: the same services as the pages."""
