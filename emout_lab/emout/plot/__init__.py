"""Drawings under upstream's names."""
