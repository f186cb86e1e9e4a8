"""THE WORDS: pure values of the electricity market. No I/O, no clock."""
