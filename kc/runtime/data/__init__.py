"""From a source or from Python's arrays to examples that fit a program."""
