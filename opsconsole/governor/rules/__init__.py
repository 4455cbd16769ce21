"""The built-in rules. Each module keeps one promise; a plugin's rules stand beside them in the governor's list."""

from __future__ import annotations

from opsconsole.governor.rule import Rule
from opsconsole.governor.rules.history.aftermath import oom_after_cut
from opsconsole.governor.rules.history.goes_on import goes_on_after_harm
from opsconsole.governor.rules.history.pace import (
    announcements_per_minute,
    does_it_again,
    no_back_off,
    writes_per_minute,
)
from opsconsole.governor.rules.history.struggle import oscillation, starts_itself, tug_of_war, warm_up
from opsconsole.governor.rules.history.sweep import cut_across
from opsconsole.governor.rules.history.trajectories import cut_by_steps, flapping, runaway_growth
from opsconsole.governor.rules.optimizer.inputs import input_health
from opsconsole.governor.rules.optimizer.leash import own_leash
from opsconsole.governor.rules.optimizer.posture import (
    autonomy,
    bigger_than_victims,
    cluster_admin,
    mutable_image,
    no_limits,
    victim_unguarded,
)
from opsconsole.governor.rules.optimizer.staleness import confidence_absurd, stale_input
from opsconsole.governor.rules.optimizer.words import not_done, optimizer_failing, silent_write, unreadable
from opsconsole.governor.rules.reach.blast import blast_radius, fleet_melts
from opsconsole.governor.rules.reach.evictions import evicted_again, preemption_storm, service_emptied
from opsconsole.governor.rules.reach.images import image_changed
from opsconsole.governor.rules.reach.placement import one_node, taints_changed
from opsconsole.governor.rules.reach.pods import pdb_exhausted, serving_pod_deleted
from opsconsole.governor.rules.reach.targets import acts_on_no_data, empty_metric, target_missing
from opsconsole.governor.rules.reach.upheaval import object_deleted, reckless
from opsconsole.governor.rules.reach.wrong_place import wrong_environment
from opsconsole.governor.rules.safeguards.alerts import alerts_silenced
from opsconsole.governor.rules.safeguards.beyond import guard_rail_changed, not_its_business, rights_changed
from opsconsole.governor.rules.safeguards.canaries import canary_let_through
from opsconsole.governor.rules.safeguards.commands import command_unprotects
from opsconsole.governor.rules.safeguards.detours import acts_as_another, passes_checks_by, past_the_server
from opsconsole.governor.rules.safeguards.safety import safety_off
from opsconsole.governor.rules.safeguards.secrets import gpu_work_ended, secrets_taken
from opsconsole.governor.rules.stores.kept_data import data_thrown_away
from opsconsole.governor.rules.stores.members import members_lost
from opsconsole.governor.rules.stores.quorum import quorum_at_risk
from opsconsole.governor.rules.stores.spot import data_on_spot
from opsconsole.governor.rules.told.cloud_rights import cloud_rights
from opsconsole.governor.rules.told.held_up import held_up_no_more
from opsconsole.governor.rules.told.jobs import jobs_ended
from opsconsole.governor.rules.told.names import names_lost
from opsconsole.governor.rules.told.obeys import obeys_data
from opsconsole.governor.rules.told.skew import version_skew
from opsconsole.governor.rules.told.stops import stop_taken_back
from opsconsole.governor.rules.told.stores import store_stripped
from opsconsole.governor.rules.told.traffic import requests_refused
from opsconsole.governor.rules.told.trials import tries_on_production
from opsconsole.governor.rules.told.trust import trust_broken
from opsconsole.governor.rules.told.watch import nobody_looks
from opsconsole.governor.rules.values.crowds import crowd
from opsconsole.governor.rules.values.limits import limit_cut, limit_floor, limit_removed, will_oom
from opsconsole.governor.rules.values.numbers import invalid_number
from opsconsole.governor.rules.values.replicas import replicas_absurd, replicas_cut, replicas_factor, replicas_zero
from opsconsole.governor.rules.values.resources import bounds_absurd, resources_absurd, weights_absurd
from opsconsole.governor.rules.values.settings import setting_absurd

BUILT_IN: tuple[Rule, ...] = (
    limit_cut,
    limit_removed,
    limit_floor,
    will_oom,
    cut_by_steps,
    cut_across,
    runaway_growth,
    flapping,
    blast_radius,
    fleet_melts,
    service_emptied,
    evicted_again,
    quorum_at_risk,
    members_lost,
    preemption_storm,
    resources_absurd,
    bounds_absurd,
    weights_absurd,
    rights_changed,
    own_leash,
    guard_rail_changed,
    not_its_business,
    safety_off,
    canary_let_through,
    setting_absurd,
    alerts_silenced,
    data_thrown_away,
    command_unprotects,
    data_on_spot,
    wrong_environment,
    store_stripped,
    names_lost,
    trust_broken,
    requests_refused,
    cloud_rights,
    nobody_looks,
    tries_on_production,
    jobs_ended,
    held_up_no_more,
    obeys_data,
    version_skew,
    secrets_taken,
    gpu_work_ended,
    acts_as_another,
    past_the_server,
    passes_checks_by,
    stale_input,
    confidence_absurd,
    replicas_absurd,
    replicas_zero,
    replicas_factor,
    replicas_cut,
    crowd,
    invalid_number,
    target_missing,
    empty_metric,
    input_health,
    acts_on_no_data,
    no_back_off,
    writes_per_minute,
    announcements_per_minute,
    does_it_again,
    goes_on_after_harm,
    tug_of_war,
    starts_itself,
    stop_taken_back,
    oscillation,
    warm_up,
    silent_write,
    unreadable,
    not_done,
    optimizer_failing,
    object_deleted,
    reckless,
    image_changed,
    taints_changed,
    one_node,
    serving_pod_deleted,
    pdb_exhausted,
    oom_after_cut,
    autonomy,
    mutable_image,
    no_limits,
    bigger_than_victims,
    cluster_admin,
    victim_unguarded,
)
