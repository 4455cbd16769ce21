"""What scales a pod stands on its page."""

from __future__ import annotations

from opsconsole.records import Advice, Autoscaler, Health, Hpa, Kind, Pod, Ref, State
from tests.ui import aura
from tests.ui.running import running, screen_text, shows

_WEB = Ref("Deployment", "shop", "web")
MI = 1 << 20


async def test_the_page_of_a_pod_says_what_scales_it_and_what_a_vpa_recommends():
    pod = Pod("shop", "web-0", "u", owner=_WEB, status="Running")
    records = {
        Kind.POD: (pod,),
        Kind.HPA: (Hpa("shop", "web-hpa", _WEB, minimum=2, maximum=10, metric="cpu 70 %", desired=4),),
        Kind.AUTOSCALER: (
            Autoscaler("VerticalPodAutoscaler", "shop", "web-vpa", _WEB, mode="Recreate",
                       advice=(Advice("app", 0.1, 64.0 * MI, 50.0 * MI, 128.0 * MI),)),
            Autoscaler("ScaledObject", "shop", "web-keda", _WEB, mode="paused", minimum=0, maximum=40, metric="kafka"),
            Autoscaler("ScaledObject", "shop", "another", Ref("Deployment", "shop", "api"), minimum=0, maximum=4),
        ),
    }  # fmt: skip
    feed = aura.MemoryFeed(records, [Health("pods", State.LIVE, 0, aura.NOW)])
    async with running(aura.console(feed)) as pilot:
        await shows(pilot, "web-0")
        await pilot.press("enter")
        await shows(pilot, "Scaled by")
        text = screen_text(pilot.app)
        assert "web-hpa: 2 to 10, cpu 70 %; wants 4" in text
        assert "web-vpa: mode Recreate" in text
        assert "app: cpu 100m, memory 64Mi (50Mi to 128Mi)" in text
        assert "web-keda: 0 to 40, kafka, PAUSED" in text
        assert "another" not in text
