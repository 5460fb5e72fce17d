"""A world rendered by our own code, whose every mask, identity, depth and motion is known."""
