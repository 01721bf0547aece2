"""What waits: long polls, streams of events, and the threads for what may take long."""
