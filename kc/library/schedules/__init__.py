"""Schedules of learning rates, one file each."""
