"""Checkpoints: the file format and the protocol that makes them durable."""
