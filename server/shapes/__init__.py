"""What JSON and the configuration file can hold: shapes that read, show and document values."""
