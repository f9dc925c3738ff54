"""emout_lab."""
