"""What a worker's process has only once: its memory, files, settings and children."""
