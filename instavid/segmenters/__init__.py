"""Adapters that find instances in single frames."""
