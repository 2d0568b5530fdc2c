"""The CDKTF app: one stack for each environment."""
