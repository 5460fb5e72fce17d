"""Runs that are kept for later: one small file each, in the user's cache."""
