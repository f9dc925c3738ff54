"""Arrays that are larger than memory, computed in blocks by all workers there are."""
