"""A pair's generator as a file that other runtimes load, and the proof that it does the same."""
