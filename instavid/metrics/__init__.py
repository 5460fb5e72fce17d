"""Measuring: how fast, how good, and how sure of it."""
