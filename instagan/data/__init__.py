"""Training data on disk."""
