"""Lets tests of the screen be coroutines: each runs in an event loop of its own."""

import asyncio
import inspect

import pytest

_LONGEST_SECONDS = 60


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a coroutine test to its end, or to a deadline that no healthy test comes near."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    wanted = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in wanted}

    async def run() -> None:
        async with asyncio.timeout(_LONGEST_SECONDS):
            await pyfuncitem.obj(**arguments)

    asyncio.run(run())
    return True
