"""Runs notebook cells in a lesson page and in the grader's sandbox as JupyterLite's kernel does."""
