"""Alarms by what they are about, kept up to date: one group for each, and what of them is news."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opsconsole.alarms import Alarms, Group, grouped
from opsconsole.present.panes.context import FindingIndex
from opsconsole.records import Finding, Kind, Severity
from opsconsole.store import Delta, Store
from tests.ui.status.contained import AT, finding


def index_of(*findings: Finding) -> FindingIndex:
    index = FindingIndex()
    learn(index, *findings)
    return index


def learn(index: FindingIndex, *findings: Finding, gone: tuple[str, ...] = ()) -> None:
    store = Store()
    store.findings.update({each.key: each for each in findings})
    index.absorb(store, Delta({Kind.FINDING: {each.key for each in findings}}, {Kind.FINDING: set(gone)}, [], set()))


def test_a_state_that_only_changes_its_words_is_no_news_but_a_new_word_is():
    index = index_of(finding("budget", AT - 50, decision=""), finding("flood", AT - 50))
    learn(index, finding("budget", AT + 5, decision="", title="a little less"), finding("flood", AT + 5))
    assert [group.finding.key for group in index.grouped.since(AT)] == ["flood"]
    learn(index, gone=("budget",))
    learn(index, finding("budget", AT + 9, decision=""))
    assert {group.finding.key for group in index.grouped.since(AT)} == {"flood", "budget"}, (
        "it was over, and came again"
    )


def told(group: Group) -> tuple[str, float, int, float]:
    return group.finding.title, group.finding.at, group.count, group.since


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcd"), st.sampled_from("xy"), st.sampled_from(Severity), st.integers(0, 9), st.booleans()
        ),
        max_size=30,
    )
)
def test_groups_kept_up_to_date_are_those_made_of_everything(steps):
    alarms, known = Alarms(), {}
    for key, title, severity, at, stays in steps:
        if key in known:
            alarms.forget(known.pop(key), over=not stays)
        if stays:
            known[key] = finding(key, float(at), severity, title=f"{title} {severity}")
            alarms.learn(known[key])
        wanted = grouped(each for each in known.values() if each.severity is not Severity.INFO)
        assert sorted(map(told, alarms.groups())) == sorted(map(told, wanted))
        order = [(g.finding.severity.rank, -g.finding.at) for g in alarms.groups()]
        assert order == sorted(order)
        later = grouped(each for each in known.values() if each.severity is not Severity.INFO and each.at > 4)
        assert sum(g.count for g in alarms.since(4.0)) == sum(g.count for g in later)
