"""Why a stack cannot be judged. Each reason has a name, so that a run never ends green by accident."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Failure:
    """Something that kept a check from being made: what, where, and what to do."""

    name: str
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.name}: {self.where}: {self.message}"


class StackError(Exception):
    """A file cannot be read as a stack."""

    def __init__(self, name: str, file: Path, message: str) -> None:
        self.failure = Failure(name=name, where=str(file), message=message)
        super().__init__(str(self.failure))
