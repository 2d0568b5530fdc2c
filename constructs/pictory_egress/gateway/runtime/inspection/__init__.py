"""Judges request bodies for Envoy: strict JSON, and no way out but to where the client may send.

Standard library only; nothing here reads a secret or opens a connection.
"""
