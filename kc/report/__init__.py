"""What people look at after a run: scores, the page of a run, runs side by side."""
