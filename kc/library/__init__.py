"""What a spec can name. One file per entry: configuration, inference and mathematics together."""
