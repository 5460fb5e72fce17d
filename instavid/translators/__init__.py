"""Translators: crops with masks in, painted patches with new masks out."""
