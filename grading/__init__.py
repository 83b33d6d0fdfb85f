"""Release, collect, grade, feedback on an nbgrader course folder: the command `grading`."""
