"""Adapters that name instances over time."""
