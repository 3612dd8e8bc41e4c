"""How a program is executed, and the compiled functions that do it."""
