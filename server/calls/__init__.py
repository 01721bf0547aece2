"""A call and its response, and what is read of a request before it is one."""
