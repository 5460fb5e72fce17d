"""Stages that segment and track at once."""
