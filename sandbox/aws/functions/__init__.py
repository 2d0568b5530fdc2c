"""Lambda functions run as deployed: their own zip in a child process."""
