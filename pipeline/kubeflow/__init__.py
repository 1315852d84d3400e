"""The pipeline on Kubeflow Pipelines v2: compiled to a file, run task by task in containers."""
