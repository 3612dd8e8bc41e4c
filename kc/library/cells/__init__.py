"""Cells: one step of a recurrent layer."""
