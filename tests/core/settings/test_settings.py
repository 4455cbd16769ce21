from __future__ import annotations

import json
from pathlib import Path

import pytest

from opsconsole.settings import Settings, SettingsError
from opsconsole.settings.sources import load


def write(folder: Path, text: str) -> str:
    file = folder / "opsconsole.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_defaults_without_file_or_environment() -> None:
    assert load(environ={}) == Settings()


def test_later_layers_win(tmp_path: Path) -> None:
    file = write(tmp_path, '[cluster]\ncontext = "file"\nnamespace = "file"\npage_size = 100\n')
    settings = load(
        file,
        {"cluster.context": "flag", "cluster.namespace": None},
        {"OPSCONSOLE_CLUSTER_CONTEXT": "env", "OPSCONSOLE_CLUSTER_NAMESPACE": "env"},
    )
    assert settings.cluster.context == "flag"
    assert settings.cluster.namespace == "env"
    assert settings.cluster.page_size == 100


def test_environment_gives_numbers_booleans_and_lists() -> None:
    settings = load(
        environ={
            "OPSCONSOLE_READ_ONLY": "true",
            "OPSCONSOLE_GPU_INTERVAL": "0.5",
            "OPSCONSOLE_OPTIMIZER_MANAGERS": "aura, aura-v2",
        }
    )
    assert settings.read_only is True
    assert settings.gpu.interval == 0.5
    assert settings.optimizer.managers == ("aura", "aura-v2")


def test_the_users_own_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "opsconsole").mkdir()
    write(tmp_path / "opsconsole", "read_only = true\n")
    assert load(environ={"XDG_CONFIG_HOME": str(tmp_path)}).read_only is True


def test_the_working_directory_is_not_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "read_only = true\n")
    monkeypatch.chdir(tmp_path)
    assert load(environ={"HOME": "/nonexistent"}).read_only is False
    (tmp_path / "opsconsole").mkdir()
    write(tmp_path / "opsconsole", "read_only = true\n")
    assert load(environ={"XDG_CONFIG_HOME": ".", "HOME": "."}).read_only is False


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[cluster]\npage_size = 0\n", ["opsconsole.toml", "cluster.page_size", ">= 1"]),
        ("[cluster]\npage_size = 'many'\n", ["opsconsole.toml", "cluster.page_size", "int"]),
        ("[governor]\nmax_cut_pct = 20\n", ["opsconsole.toml", "governor", "max_cut_pct"]),
        ("[switches]\nconfirm = 'maybe'\n", ["opsconsole.toml", "switches.confirm", "maybe"]),
        ("[gpu]\ninterval = nan\n", ["opsconsole.toml", "gpu.interval"]),
        ("read_only = 'no'\n", ["opsconsole.toml", "read_only"]),
        ("not toml", ["opsconsole.toml", "can't be read"]),
    ],
)
def test_a_bad_value_is_named_with_its_file_and_key(tmp_path: Path, text: str, words: list[str]) -> None:
    with pytest.raises(SettingsError) as raised:
        load(write(tmp_path, text), environ={})
    assert [word for word in words if word not in str(raised.value)] == []


@pytest.mark.parametrize(
    ("user", "why"),
    [
        ("", "no user's name"),
        (" ann", "no user's name"),
        ("a\tb", "no user's name"),
        ("a\x1b[2J", "no user's name"),
        ("*", "in full"),
        ("system:serviceaccount:argocd:*", "in full"),
        ("system:serviceaccount:cert-manager", "no ServiceAccount"),
        ("system:serviceaccount:a:b:c", "no ServiceAccount"),
        ("system:serviceaccount::b", "no ServiceAccount"),
        ("system:anonymous", "nobody in particular"),
        ("system:node:n1", "the cluster's own"),
        ("system:serviceaccounts:argocd", "whom rules can let off"),
        ("system:serviceaccount:kube-system:x", "no rule judges it anyway"),
    ],
)
def test_who_can_t_be_excepted_is_named_with_the_reason(tmp_path: Path, user: str, why: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load(write(tmp_path, f'[govern]\nexcept_users = ["ann", {json.dumps(user)}]\n'), environ={})
    words = str(raised.value)
    assert "opsconsole.toml: govern.except_users: " in words
    assert why in words
    assert words.isprintable()


def test_users_of_all_sorts_are_excepted(tmp_path: Path) -> None:
    users = ("ann", "ann@corp.example", "https://issuer.example#ann", "arn:aws:iam::1:role/x", "Ann Lee",
             "system:serviceaccount:cert-manager:cert-manager-cainjector")  # fmt: skip
    file = write(tmp_path, f"[govern]\nexcept_users = {list(users)!r}\n")
    assert load(file, environ={}).govern.except_users == users


def test_a_missing_named_file_is_said() -> None:
    with pytest.raises(SettingsError, match="no such settings file"):
        load("/nonexistent/opsconsole.toml", environ={})


def test_a_bad_variable_is_named() -> None:
    with pytest.raises(SettingsError, match=r"environment.*gpu\.timeout"):
        load(environ={"OPSCONSOLE_GPU_TIMEOUT": "soon"})


def test_a_misspelt_variable_of_a_section_is_named() -> None:
    with pytest.raises(SettingsError, match="contxt"):
        load(environ={"OPSCONSOLE_CLUSTER_CONTXT": "x"})


def test_the_page_of_settings_is_up_to_date() -> None:
    from scripts import settings_doc

    assert settings_doc.PAGE.read_text(encoding="utf-8") == settings_doc.page(), "run python -m scripts.settings_doc"


def test_two_optimizers_of_one_name_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "opsconsole.toml"
    file.write_text("[[optimizers]]\nname = 'a'\nworkloads = ['x/y']\n" * 2)
    with pytest.raises(SettingsError, match=r"toml: optimizers: two of them are called 'a'"):
        load(str(file), {}, {})
