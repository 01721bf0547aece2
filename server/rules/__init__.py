"""Rules: which calls they match, how they answer them, and the faults that they inject."""
