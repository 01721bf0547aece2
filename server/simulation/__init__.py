"""What the double makes up in place of the real service: time, ids, and what follows a message."""
