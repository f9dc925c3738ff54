"""What travels between the server and the panel, each form once.

`models` is what the server sends, `requests` is what it takes, `openapi` writes both down as
``openapi.json``. The panel's types and validators are generated from that file (``make contract``).
"""
