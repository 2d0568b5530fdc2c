"""How the modules here put themselves into moto."""

from collections.abc import Callable
from typing import Any

Handler = Callable[..., Any]


def action(response_class: Any) -> Callable[[Handler], Handler]:
    """Make a function the action of its name: ``put_composite_alarm`` answers ``PutCompositeAlarm``.

    It gets moto's response object, which knows the account, the region and the parameters of the request.
    """

    def install(handler: Handler) -> Handler:
        setattr(response_class, handler.__name__, handler)
        return handler

    return install


def replace(owner: Any) -> Callable[[Handler], Handler]:
    """Make a function a method of ``owner``; the replaced one is given as its keyword ``original``."""

    def install(handler: Handler) -> Handler:
        name = handler.__name__
        original = getattr(owner, name)

        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            return handler(self, *args, original=original, **kwargs)

        method.__name__ = name
        setattr(owner, name, method)
        return handler

    return install
