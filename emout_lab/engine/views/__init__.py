"""What requests of views do on an engine, in the names that their client has there."""
