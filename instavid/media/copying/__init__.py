"""Copying groups of pictures in which nothing changes, between others that are encoded anew."""
