"""Everything that changes data work: mapping, runs, review, loads, samples."""
