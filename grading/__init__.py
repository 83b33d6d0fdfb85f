"""Release, collect, grade, feedback on an nbgrader course folder: the command `grading`."""

import sys

# jsonschema takes a checker of IRIs when there is one; that one compiles a grammar for more than a second at each start
# (half of what `import nbgrader` takes), and no schema that we or nbformat check has an IRI.
vars(sys)["modules"].setdefault("rfc3987_syntax", None)
