"""What an account has used up: it moves when work is asked for, so that a call made twice shows."""

from dataclasses import dataclass, field
from typing import Final

from sandbox.pictory.values import JsonObject, JsonValue, resource_id, timestamp

LIMITS: Final = {
    "videoMinutes": 14_400, "transcriptionMinutes": 14_400, "elevenLabsVoiceOverMinutes": 480, "aiCredits": 22_000,
}  # fmt: skip


@dataclass
class Usage:
    """Amounts used in this billing term, by quota, and the ledger of AI credits."""

    used: dict[str, float] = field(default_factory=lambda: dict.fromkeys(LIMITS, 0.0))
    ledger: list[JsonObject] = field(default_factory=list)

    def charge(self, quota: str, amount: float) -> None:
        """Use up ``amount`` of ``quota``."""
        self.used[quota] += amount

    def charge_credits(self, amount: float, *, source: str) -> None:
        """Use up AI credits, and write it in the ledger."""
        self.charge("aiCredits", amount)
        self.ledger.append(
            {
                "transactionId": resource_id(), "type": "debit", "amount": amount, "source": source,
                "description": f"Credits consumed by {source}", "plan": "Sandbox", "transactionDate": timestamp(),
            }
        )  # fmt: skip

    def answer(self) -> JsonObject:
        """What ``GET /v1/quota`` answers."""
        return {name: {"used": round(self.used[name], 2), "limit": limit} for name, limit in LIMITS.items()}

    def transactions(self, month: str) -> list[JsonValue]:
        """What ``GET /v1/aicredits/usage`` answers of a month such as ``2026-03``, newest first."""
        return [entry for entry in reversed(self.ledger) if str(entry["transactionDate"]).startswith(month)]
