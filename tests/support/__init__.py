"""What tests share: a double in this process, envelopes for it, and what its answers say."""
