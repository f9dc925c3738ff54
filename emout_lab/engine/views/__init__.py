"""What views ask of an engine: cells as IPython runs them, and requests."""
