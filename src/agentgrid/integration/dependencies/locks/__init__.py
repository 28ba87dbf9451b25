"""Lock files: which version of each package is installed where."""
