"""The version of kc, stated here and nowhere else."""

VERSION = "0.1.0"
