"""What is written of the results: a table of all, reports in Markdown, plots."""
