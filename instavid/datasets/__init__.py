"""Data sets to train on, made of pictures of the user's own or of foreign annotations."""
