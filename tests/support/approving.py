"""One way of signing approvals off on a board, as an approver does who picks every step of the plan."""

from __future__ import annotations

import msgspec

from opsconsole.records import ChangeField, Outcome, Plan, Ref
from opsconsole.switches.approve.requests import ApprovalAsk
from opsconsole.switches.approve.switch import ApproveSwitch
from opsconsole.switches.engine.board import Switchboard


def approve_switch(board: Switchboard) -> ApproveSwitch:
    """The board's switch that approves."""
    switch = board.switch("approve")
    assert isinstance(switch, ApproveSwitch)
    return switch


def chosen(plan: Plan, part: str = "") -> Plan:
    """The plan with the steps chosen whose titles have ``part`` in them; empty: all of them."""
    steps = (msgspec.structs.replace(step, chosen=part in step.title) for step in plan.steps)
    return msgspec.structs.replace(plan, steps=tuple(steps))


def approve(board: Switchboard, *asks: ApprovalAsk) -> Outcome:
    """Sign off all of ``asks`` and want every proof of it to hold."""
    approve_switch(board).reader.further = asks
    outcome = board.execute(chosen(board.make_plan("approve"))).result(timeout=60)
    assert outcome.success, [(proof.claim, proof.detail) for proof in outcome.proofs]
    return outcome


def to_replicas(replicas: int, namespace: str, name: str = "web", kind: str = "Deployment") -> ApprovalAsk:
    """Asked for: that many replicas of a workload."""
    fields = (ChangeField("replicas", "", str(replicas), None, float(replicas)),)
    return ApprovalAsk(Ref(kind, namespace, name), 0.0, fields=fields)
