"""What agents do, whichever API they are called by."""
