"""`make bench`: our pages beside stock JupyterLite and a bare Pyodide worker, measured in one run."""
