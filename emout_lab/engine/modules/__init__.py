"""The notebook's own modules: their texts, and how an engine loads, reloads and swaps them."""
