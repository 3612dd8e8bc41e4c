"""kc from Python: models on NumPy arrays."""
