"""Records as languages print their objects, read back as what they hold; what is no record is left as it is."""

from __future__ import annotations

import pytest

from opsconsole.decisions.message.notations import argv, printed

RECORDS = {
    "Go": "{Namespace:shop Name:web Reason:low use of cpu Replicas:3 DryRun:false}",
    "Go, a pointer": "&{Namespace:shop Name:web Reason:low use of cpu Replicas:3 DryRun:false}",
    "Go, a map": "map[namespace:shop name:web reason:low use of cpu replicas:3 dryRun:false]",
    "Go's syntax": 'api.Step{Namespace:"shop", Name:"web", Reason:"low use of cpu", Replicas:3, DryRun:false}',
    "Java": "ScaleStep{namespace='shop', name='web', reason='low use of cpu', replicas=3, dryRun=false}",
    "a record of Java": "ScaleStep[namespace=shop, name=web, reason=low use of cpu, replicas=3, dryRun=false]",
    "Kotlin": "ScaleStep(namespace=shop, name=web, reason=low use of cpu, replicas=3, dryRun=false)",
    "Python": "Step(namespace='shop', name=\"web\", reason='low use of cpu', replicas=3, dryRun=False)",
    "a dictionary": "{'namespace': 'shop', 'name': 'web', 'reason': 'low use of cpu', 'replicas': 3, 'dryRun': False}",
    "Rust": 'ScaleStep { namespace: "shop", name: "web", reason: "low use of cpu", replicas: Some(3), dryRun: false }',
    "JavaScript": "{ namespace: 'shop', name: 'web', reason: 'low use of cpu', replicas: 3, dryRun: false }",
    "Ruby": '{:namespace=>"shop", :name=>"web", :reason=>"low use of cpu", :replicas=>3, :dryRun=>false}',
    "Elixir": '%{namespace: "shop", name: "web", reason: "low use of cpu", replicas: 3, dryRun: false}',
}
HELD = {"namespace": "shop", "name": "web", "reason": "low use of cpu", "replicas": 3, "dryRun": False}


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS.keys())
def test_a_record_is_read_as_what_it_holds(record: str) -> None:
    found = printed.find(f"applying {record}")
    assert found is not None
    assert found.fields == HELD
    assert found.before == "applying"


def test_records_within_records_are_read() -> None:
    found = printed.find(
        "did Step(of=Ref(kind='Job', name='a'), mode=<Mode.DRY: 'dry'>, at=datetime(2026, 8, 12)) in 3ms"
    )
    assert found is not None
    assert found.fields == {"of": {"kind": "Job", "name": "a"}, "mode": "dry", "at": [2026, 8, 12]}
    assert (found.type, found.before, found.behind) == ("Step", "did", "in 3ms")


def test_a_message_of_protobuf_is_read_as_text() -> None:
    found = printed.find('plan: name: "web" kind: JOB size { current: 4 desired: 2 } tag: "a" tag: "b"')
    assert found is not None
    assert found.fields == {
        "name": "web",
        "kind": "JOB",
        "size": {"current": 4, "desired": 2},
        "tag": ["a", "b"],
    }


@pytest.mark.parametrize(
    "text",
    [
        "Pod web-1 (reason: low use, zone: b) deleted",
        "scaled web {Namespace:shop Name:web",
        "Scale(shop/web, 3)",
        "waiting for { and }",
        "{a: " * 4000,
        "A(b=" * 4000 + ")" * 4000,
        "applying " + "A(b=1, " * 5000,
        "x" * 40_000 + " {a:1 b:2}",
    ],
    ids=lambda text: text[:20],
)
def test_what_is_no_record_is_left_as_it_is(text: str) -> None:
    assert printed.find(text) is None


def test_a_list_of_words_that_is_a_command_is_put_as_one_line() -> None:
    assert argv.joined("run: ['/usr/bin/kubectl', 'annotate', 'deploy/web', 'why=too big'] rc=0") == (
        "run: /usr/bin/kubectl annotate deploy/web 'why=too big' rc=0"
    )
    assert argv.joined("pods ['web-1', 'web-2']") == "pods ['web-1', 'web-2']"
    assert argv.in_lines({"argv": ["/bin/helm", "uninstall", "web"], "pods": ["a", "b"]}) == {
        "argv": "helm uninstall web",
        "pods": ["a", "b"],
    }
