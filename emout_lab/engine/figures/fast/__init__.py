"""The fast path of rendering: `gate` decides whether it is taken, and `savefig` draws otherwise."""
