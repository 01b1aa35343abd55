"""What launches the worker command: each executor knows a command line and nothing else."""
