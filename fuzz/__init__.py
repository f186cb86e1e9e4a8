"""COVERAGE-GUIDED FUZZING of everything that reads bytes from outside (``make fuzz``)."""
