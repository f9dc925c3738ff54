"""Figures of recordings: drawn, rendered, kept, shown again."""
