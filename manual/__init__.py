"""The documentation site: the pages of ``docs`` and a reference that is read from the code."""
