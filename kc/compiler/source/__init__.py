"""YAML text to a tree with spans, within limits."""
