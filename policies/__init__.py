"""Policies over synthesized stacks and plans, and the runner that cannot be green by accident.

``python -m policies cdktf.out`` runs them with checkov's own; ``checkov --external-checks-dir policies`` runs them
in stock checkov. Each file in a folder named after what it guards holds one rule. Only this folder has an
``__init__.py``: stock checkov loads the files of such folders one by one, and finds ``stock.py`` alone.
"""
