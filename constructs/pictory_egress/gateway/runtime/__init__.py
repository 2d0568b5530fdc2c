"""The sidecar of the gateway: brings Pictory's credential and the callers' public key to Envoy, and drains it.

It is copied into its image as it stands, so it imports nothing of the package around it.
"""
