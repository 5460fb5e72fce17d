"""Measuring: how fast, and how sure of it."""
