"""Training: the optimisation step and what it keeps between steps."""
