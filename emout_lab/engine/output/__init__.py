"""What a program prints, warns and logs, and how it is sent to who waits for it."""
