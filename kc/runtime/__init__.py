"""Fit, evaluate and predict: what happens on the device and on the disk."""
