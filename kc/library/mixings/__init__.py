"""Mixings that a spec can name, found by walking this package."""
