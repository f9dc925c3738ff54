"""Messages over TLS connections of our own, beside those of Dask: one thread serves them all."""
