"""Why a body is refused."""


class RefusedError(Exception):
    """``code`` is one of the gateway's table of refusals; ``detail`` a sentence that quotes nothing of the body
    but names of known fields, positions, and a host that is well-formed."""

    def __init__(self, code: str, detail: str, *, field: str | None = None, host: str | None = None) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail, self.field, self.host = code, detail, field, host
