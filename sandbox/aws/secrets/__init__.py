"""Secrets Manager by AWS's documented rules, in place of moto's."""
