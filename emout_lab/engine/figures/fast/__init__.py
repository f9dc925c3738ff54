"""The fast path of rendering, each part with matplotlib's own way to fall back on."""
