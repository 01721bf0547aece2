"""Where things are kept: tables, the engine, one small class per collection, one unit of work a request."""
