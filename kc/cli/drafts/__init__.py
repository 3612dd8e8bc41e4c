"""Specs that fit data: what ``kc init --from`` looks at, decides and writes."""
