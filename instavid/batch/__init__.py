"""Many inputs in one run: which they are, where each result goes, and what became of each."""
