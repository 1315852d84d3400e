"""A Tuner whose search can be interrupted, and which tells of every structure that it tried."""
