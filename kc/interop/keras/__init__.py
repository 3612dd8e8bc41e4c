"""Keras models: what their files say, and how kc says it."""
