"""The command line of training: `python -m instagan.train`, and `instavid train` in instavid."""
