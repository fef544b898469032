"""The one door to a chat model: LangChain's providers, our clocks, and what to do on a fault."""

from __future__ import annotations

import asyncio
import time
import unicodedata
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import structlog
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import BaseMessage
from langchain_core.runnables import Runnable, RunnableConfig

log = structlog.get_logger(__name__)

# The extra of our own package that brings a provider.
_EXTRAS = {"openai": "openai", "azure_openai": "openai", "ollama": "ollama"}
_FINISH_KEYS = ("finish_reason", "done_reason", "stop_reason")
_CUT_SHORT = frozenset({"length", "max_tokens", "content_filter", "refusal"})
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


class ModelNotInstalled(Exception):
    """The package for a provider is missing; str() says how to install it."""


class ModelFault(Exception):
    """The model did not answer as a whole. str(): the kind of fault, without any content."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """How long the model may take, in seconds, from when it is asked.

    connect: until the provider's machine takes the call, where the provider lets us say so.
    first_token: until the first word, and between two words. total: until the last word.
    """

    connect: float = 5.0
    first_token: float = 10.0
    total: float = 20.0


class Breaker:
    """Leaves a model in peace that failed several times in a row; asks it again now and then.

    clock: seconds, never going back.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        *,
        failures: int = 5,
        probe_seconds: float = 30.0,
    ) -> None:
        self._clock = clock
        self._most = failures
        self._pause = probe_seconds
        self._failed = 0
        self._next_probe = 0.0

    @property
    def open(self) -> bool:
        return self._failed >= self._most

    def lets_through(self) -> bool:
        """Tell whether to ask now; while open, one question in each pause is let through."""
        if not self.open:
            return True
        if self._clock() < self._next_probe:
            return False
        self._next_probe = self._clock() + self._pause
        return True

    def succeeded(self) -> None:
        """Note an answer that came whole."""
        if self.open:
            log.info("model_is_back")
        self._failed = 0

    def failed(self) -> None:
        """Note a failure."""
        self._failed += 1
        if self._failed == self._most:
            log.error("model_left_in_peace", seconds=self._pause)
            self._next_probe = self._clock() + self._pause


class LanguageModel(Runnable[LanguageModelInput, str]):
    """A chat model whose words come clean and in time, or which fails with a ModelFault.

    characters: more than these is no answer, and is not read to its end.
    """

    def __init__(
        self,
        model: BaseChatModel,
        *,
        clocks: Clocks | None = None,
        breaker: Breaker | None = None,
        characters: int = 20_000,
    ) -> None:
        self._model = model
        self.clocks = clocks or Clocks()
        self.breaker = breaker or Breaker()
        self._most = characters

    async def astream(
        self, input: LanguageModelInput, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[str]:
        """Give the words as they come. Raises ModelFault, also where the end was not stated."""
        if not self.breaker.lets_through():
            raise ModelFault("left in peace")
        try:
            async with aclosing(self._words(input, config, **kwargs)) as words:
                async for word in words:
                    yield word
        except Exception as fault:
            # Providers raise unrelated classes: OpenAI's, httpx's, JSON's, ValueError.
            kind = str(fault) if isinstance(fault, ModelFault) else type(fault).__name__
            log.warning("model_failed", fault=kind)
            self.breaker.failed()
            raise ModelFault(kind) from fault
        self.breaker.succeeded()

    async def ainvoke(
        self, input: LanguageModelInput, config: RunnableConfig | None = None, **kwargs: Any
    ) -> str:
        """Give all words at once. Raises ModelFault."""
        return "".join([word async for word in self.astream(input, config, **kwargs)])

    def invoke(
        self, input: LanguageModelInput, config: RunnableConfig | None = None, **kwargs: Any
    ) -> str:
        """Give all words at once, in a script."""
        return asyncio.run(self.ainvoke(input, config, **kwargs))

    async def _words(
        self, input: LanguageModelInput, config: RunnableConfig | None, **kwargs: Any
    ) -> AsyncGenerator[str]:
        begun = asyncio.get_running_loop().time()
        said = 0
        finish = ""
        chunks = aiter(self._model.astream(input, config, **kwargs))
        end = begun + self.clocks.total
        next_word = begun + self.clocks.first_token
        while True:
            try:
                async with asyncio.timeout_at(min(end, next_word)):
                    chunk = await anext(chunks)
            except TimeoutError:
                late = asyncio.get_running_loop().time() >= end
                raise ModelFault("too slow" if late else "silent") from None
            except StopAsyncIteration:
                break
            finish = _finish(chunk) or finish
            if not (word := clean(_text(chunk))):
                continue
            said += len(word)
            if said > self._most:
                raise ModelFault("too long")
            next_word = asyncio.get_running_loop().time() + self.clocks.first_token
            yield word
        if not finish or finish in _CUT_SHORT:
            raise ModelFault("cut short" if finish else "ended without saying so")
        if not said:
            raise ModelFault("no words")


def _text(chunk: BaseMessage) -> str:
    return str(chunk.text)


def _finish(chunk: BaseMessage) -> str:
    told = (chunk.response_metadata.get(key) for key in _FINISH_KEYS)
    return next((str(one).lower() for one in told if one), "")


def clean(text: str) -> str:
    """Drop what cannot be seen or stored: NUL, half surrogates, controls, zero-width characters."""
    seen = (c for c in text if c == "\n" or unicodedata.category(c) not in _UNSEEN)
    return "".join(seen)


def open_model(
    name: str,
    *,
    clocks: Clocks | None = None,
    breaker: Breaker | None = None,
    **options: Any,
) -> LanguageModel:
    """Open a chat model by `provider:model`, as LangChain's `init_chat_model` has it.

    options: handed to the provider over our own, such as base_url. Raises ModelNotInstalled.
    """
    from langchain.chat_models import init_chat_model

    clocks = clocks or Clocks()
    provider, _, model = name.partition(":")
    try:
        opened = init_chat_model(
            model, model_provider=provider, **_options(provider, clocks) | options
        )
    except ImportError as fault:
        extra = _EXTRAS.get(provider)
        wanted = f"townclerk[{extra}]" if extra else f"langchain-{provider.replace('_', '-')}"
        raise ModelNotInstalled(
            f'TOWNCLERK_LLM={name} needs a package that is not installed: pip install "{wanted}"'
        ) from fault
    except Exception as fault:
        # A missing key or address: the provider's own words name the variable, and hold no secret.
        told = str(fault).splitlines() or [type(fault).__name__]
        raise ModelNotInstalled(f"TOWNCLERK_LLM={name} cannot be used: {told[-1]}") from fault
    return LanguageModel(opened, clocks=clocks, breaker=breaker)


def _options(provider: str, clocks: Clocks) -> dict[str, Any]:
    """Say to a provider what it must not decide itself: no second try, our time to connect."""
    if _EXTRAS.get(provider) == "openai":
        # connect, read, write, and waiting for a free connection
        timeout = (clocks.connect, clocks.total, clocks.connect, clocks.connect)
        return {"max_retries": 0, "timeout": timeout, "stream_usage": False}
    if provider == "ollama":
        timeout = (clocks.connect, clocks.total, clocks.connect, clocks.connect)
        return {"temperature": 0, "client_kwargs": {"timeout": timeout}}
    return {}
