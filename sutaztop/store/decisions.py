"""Decisions as documents, in the program's whole numbers (docs/snapshot-json.md)."""

from typing import Any

from sutaztop.domain.decision import Decision

DECISION_SCHEMA = "sutaztop.decision/1"


def decision_document(it: Decision) -> dict[str, Any]:
    """Give a decision with everything that it rests on. Amounts carry their unit; shares are basis points."""
    return {
        "schema": DECISION_SCHEMA,
        "id": it.id,
        "name": it.name,
        "state": it.state.value,
        "severity": it.severity.word,
        "rules": list(it.rules),
        "actions": [
            {"kind": one.axis.value, "from": one.before, "to": one.after, "rule": one.rule} for one in it.actions
        ],
        "reason": it.reason,
        "blocked": it.blocked or None,
        "evidence": [{"name": one.name, "value": one.value, "unit": one.unit.value} for one in it.evidence],
        "missing": list(it.missing),
        "guards": [
            {
                "name": one.name, "kind": one.axis.value if one.axis else None, "detail": one.detail,
                "before": one.before, "after": one.after,
            }
            for one in it.guards
        ],
        "trace": [{"kind": one.axis.value, "step": one.name, "value": one.value} for one in it.trace],
        "expected": [{"name": one.name, "value": one.value, "unit": one.unit.value} for one in it.expected],
        "confidence": it.confidence,
        "next_review_seconds": it.next_review,
        "wished_replicas": it.wish,
        "since_seconds": it.since,
        "text": it.text,
    }  # fmt: skip
