from __future__ import annotations

import pytest

from opsconsole.permit import Mint, Permit, PermitError
from opsconsole.records import Ref, Step

TARGET = Ref(kind="Pod", namespace="ops-tools", name="aura", uid="1")
STEP = Step(key="1", title="delete", effect="delete", target=TARGET)


def test_a_permit_is_good_once() -> None:
    mint = Mint()
    permit = mint.issue(STEP)
    mint.redeem(permit, "delete", TARGET)
    with pytest.raises(PermitError, match="used before"):
        mint.redeem(permit, "delete", TARGET)


@pytest.mark.parametrize(
    ("effect", "target"),
    [("patch", TARGET), ("delete", Ref(kind="Pod", namespace="ops-tools", name="aura", uid="2"))],
    ids=["another effect", "another uid"],
)
def test_a_permit_for_something_else_is_refused_and_spent(effect: str, target: Ref) -> None:
    mint = Mint()
    permit = mint.issue(STEP)
    with pytest.raises(PermitError, match="is for"):
        mint.redeem(permit, effect, target)
    with pytest.raises(PermitError, match="never issued, or used before"):
        mint.redeem(permit, "delete", TARGET)


def test_a_forged_permit_is_refused() -> None:
    with pytest.raises(PermitError, match="never issued"):
        Mint().redeem(Permit("forged", "delete", TARGET), "delete", TARGET)


def test_a_permit_of_another_mint_is_refused() -> None:
    with pytest.raises(PermitError, match="never issued"):
        Mint().redeem(Mint().issue(STEP), "delete", TARGET)
