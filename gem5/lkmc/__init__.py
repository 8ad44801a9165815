"""lkmc's machines on gem5's Python interface (gem5 24.0 to 25.1)."""
