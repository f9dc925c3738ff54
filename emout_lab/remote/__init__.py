"""Remote objects and figures: refs, scopes, recordings."""
