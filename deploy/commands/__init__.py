"""What the `hookwork` command can do, one function for each command."""
