"""What is remembered of replicas: how many were wished for, and by how many they changed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PastWish:
    """How many replicas were wished for at a time, before anything held the wish back."""

    at: int
    replicas: int


@dataclass(frozen=True, slots=True)
class Resized:
    """An observed change of replicas: positive for added, negative for removed."""

    at: int
    by: int
