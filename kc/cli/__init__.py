"""The command ``kc``: parse, call, render, exit."""
