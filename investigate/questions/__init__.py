"""The questions, each one function whose docstring is the question.

They read views only, bind every value, and take names of columns from lists of their own. All
raise `WrongQuestionError`, `CostLimitError` and `TrailUnavailableError`.
"""
