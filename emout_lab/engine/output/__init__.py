"""What a program prints, warns and logs, on its way to whoever waits for it."""
