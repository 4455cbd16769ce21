"""Variables of the environment: what is misspelt is an error, what looks like read-only is read-only."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from opsconsole.cli import main
from opsconsole.settings import SettingsError
from opsconsole.settings.sources import load

NOWHERE = {"HOME": "/nonexistent"}


@pytest.mark.parametrize(
    "name",
    [
        "OPSCONSOLE_READONLY",
        "OPSCONSOLE_READ_ONLY",
        "OPSCONSOLE_Read_Only",
        "OPSCONSOLE_READ__ONLY",
        "opsconsole_read_only",
        "OPSCONSOLE_READ-ONLY",
        "OPS_CONSOLE_READONLY",
    ],
)
def test_what_looks_like_read_only_is_read_only(name: str) -> None:
    assert load(environ={**NOWHERE, name: "1"}).read_only


@pytest.mark.parametrize("value", ["yes", "on", "TRUE", "please", "2"])
def test_a_look_alike_is_read_only_unless_it_clearly_says_no(value: str) -> None:
    assert load(environ={**NOWHERE, "OPSCONSOLE_READONLY": value}).read_only


@pytest.mark.parametrize("value", ["0", "false", "No", "off", ""])
def test_a_look_alike_that_says_no_is_no(value: str) -> None:
    assert not load(environ={**NOWHERE, "OPSCONSOLE_READONLY": value}).read_only


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_that_differ_the_safe_one_holds(order: int) -> None:
    both = [("OPSCONSOLE_READ_ONLY", "false"), ("OPSCONSOLE_READONLY", "1")][::order]
    assert load(environ={**NOWHERE, **dict(both)}).read_only


@pytest.mark.parametrize(
    "name",
    [
        "OPSCONSOLE_READ_ONY",
        "OPSCONSOLE_DRY_RUN",
        "OPSCONSOLE_CONTEXT",
        "OPSCONSOLE_CLUSTR_CONTEXT",
        "OPSCONSOLE_GPU",
        "OPSCONSOLE_",
        "OPSCONSOLE_NO_SUCH_THING",
        "OPSCONSOLE_SWITCHES_GRACE",
    ],
)
def test_an_unknown_variable_is_an_error_that_names_it(name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load(environ={**NOWHERE, name: "1"})


def test_no_command_starts_on_an_unknown_variable() -> None:
    result = CliRunner().invoke(main, ["show", "pods"], env={"OPSCONSOLE_READ_ONY": "1"})
    assert result.exit_code == 2
    assert "OPSCONSOLE_READ_ONY" in result.output


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPSCONSOLE_SERVICE_HOST", "10.0.0.1"),
        ("OPSCONSOLE_GUARD_SERVICE_PORT_HTTPS", "443"),
        ("OPSCONSOLE_PORT", "tcp://10.0.0.1:443"),
        ("OPSCONSOLE_PORT_443_TCP_ADDR", "10.0.0.1"),
    ],
)
def test_what_the_kubelet_tells_of_a_service_is_no_setting(name: str, value: str) -> None:
    assert load(environ={**NOWHERE, name: value}) == load(environ=NOWHERE)


def test_the_variables_of_the_projects_tests_are_left_alone() -> None:
    assert load(environ={**NOWHERE, "OPSCONSOLE_REQUIRE_CLUSTER": "1", "OPSCONSOLE_TESTBED_CACHE": "/c"})
