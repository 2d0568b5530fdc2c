"""The rotation function: what runs in AWS Lambda. Standard library and boto3 only, relative imports only."""
