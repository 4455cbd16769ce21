"""Lines in forms that no table of the reader names, with what a careful person reads in them.

Written before the reader was tried on them. Every line is invented; names and numbers mean nothing.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Held(NamedTuple):
    """A line and its action: ``fields`` maps the last words of a path to the values before and after."""

    line: str
    verb: str = ""
    kind: str = ""
    namespace: str = ""
    name: str = ""
    mood: str = ""
    level: str = ""
    fields: dict[str, tuple[Any, Any]] = {}  # noqa: RUF012 - a table, never changed
    count: int | None = None


NOTHING = (
    Held("2026-04-02T10:00:00Z INFO kueue: cohort usage recalculated, 14 workloads pending", level="INFO"),
    Held('{"level":"info","msg":"removed stale entry from lru cache","key":"pods/a-1"}', level="INFO"),
    Held("I0402 10:00:01.000000       1 factory.go:12] Deleted 14 items from the work queue", level="INFO"),
    Held('{"severity":"INFO","message":"scaling factor set to 0.7 for the forecast"}', level="INFO"),
    Held('time="2026-04-02T10:00:00Z" level=debug msg="Killing the idle http connection to 10.0.0.4"', level="DEBUG"),
    Held("[2026-04-02 10:00:00] [info] [keptn] Evaluation passed with score 92", level="INFO"),
    Held("2026-04-02 10:00:00.123 WARN 1 --- [pool-1] c.e.Cache : Evicted 40 entries of region users", level="WARN"),
    Held("08:01:14.511 [main] DEBUG io.scaler.Loop - no deployment needs scaling", level="DEBUG"),
    Held('{"level":30,"time":1775124000000,"pid":7,"msg":"draining http keep-alive sockets"}', level="INFO"),
    Held('{"level":"info","msg":"replicas within bounds","deployment":"cart","replicas":3}', level="INFO"),
    Held("2026-04-02T10:00:00Z INFO prober: pod cart-1 is Ready, 2 restarts so far", level="INFO"),
    Held('{"level":"info","msg":"node pressure","node":"edge-4","memory":"91%"}', level="INFO"),
)

DEEDS = (
    Held(
        '{"level":40,"time":1775124000000,"pid":7,"hostname":"x","msg":"deleting pod","pod":"shop/cart-5d9c-x1"}',
        *("delete", "Pod", "shop", "cart-5d9c-x1", "planned", "WARN"),
    ),
    Held(
        "2026-04-02 10:00:00.123  INFO 1 --- [  sched-1] com.acme.Scaler   : Scaled deployment cart in namespace shop "
        "from 3 to 5 replicas",
        *("scale", "Deployment", "shop", "cart", "done", "INFO"),
        {"replicas": ("3", "5")},
    ),
    Held(
        "[2026-04-02T10:00:00Z WARN  mover::drain] draining node edge-4",
        *("drain", "Node", "", "edge-4", "planned", "WARN"),
    ),
    Held(
        "2026-04-02T10:00:00.000000Z  INFO rightsizer: patching workload kind=Deployment namespace=shop name=cart "
        'memory_limit_old="1Gi" memory_limit_new="768Mi"',
        *("patch", "Deployment", "shop", "cart", "planned", "INFO"),
        {"limits.memory": ("1Gi", "768Mi")},
    ),
    Held(
        '{"timestamp":"2026-04-02T10:00:00Z","level":"INFO","fields":{"message":"evicted pod","pod":"cart-1",'
        '"namespace":"shop"},"target":"mover::evict"}',
        *("evict", "Pod", "shop", "cart-1", "done", "INFO"),
    ),
    Held(
        '{"@t":"2026-04-02T10:00:00Z","@mt":"Scaling {Kind} {Name} to {Replicas}","@l":"Warning","Kind":"StatefulSet",'
        '"Name":"db","Namespace":"shop","Replicas":2,"@m":"Scaling StatefulSet db to 2"}',
        *("scale", "StatefulSet", "shop", "db", "planned", "WARNING"),
        {"replicas": (None, "2")},
    ),
    Held(
        "[2026-04-02T10:00:00.000+00:00] scaler.INFO: Restarting deployment "
        '{"namespace":"shop","deployment":"cart"} []',
        *("restart", "Deployment", "shop", "cart", "planned", "INFO"),
    ),
    Held(
        "I, [2026-04-02T10:00:00.000000 #71]  INFO -- scaler: Deleted job shop/report-28",
        *("delete", "Job", "shop", "report-28", "done", "INFO"),
    ),
    Held(
        "info: Acme.Scaler[0] Scaling Deployment shop/cart to 4 replicas",
        *("scale", "Deployment", "shop", "cart", "planned", "INFO"),
        {"replicas": (None, "4")},
    ),
    Held(
        "2026-04-02T10:00:00.000Z [WARN]  scaler.loop: could not scale deployment: namespace=shop deployment=cart "
        'error="Conflict"',
        *("scale", "Deployment", "shop", "cart", "refused", "WARN"),
    ),
    Held(
        'time=2026-04-02T10:00:00.000Z level=INFO msg="scaled up" deployment=cart namespace=shop replicas.from=2 '
        "replicas.to=6",
        *("scale", "Deployment", "shop", "cart", "done", "INFO"),
        {"replicas": ("2", "6")},
    ),
    Held(
        "W20260402 10:00:00.123456 71 mover.cc:12] Tainting node edge-4 with spot=gone:NoExecute",
        *("taint", "Node", "", "edge-4", "planned", "WARNING"),
    ),
    Held(
        "Apr  2 10:00:00 edge-1 scaler[71]: WARNING Evicting pod shop/cart-1 (node pressure)",
        *("evict", "Pod", "shop", "cart-1", "planned", "WARNING"),
    ),
    Held(
        '{"ts":"2026-04-02T10:00:00Z","lvl":"info","msg":"would delete","resource":{"kind":"PersistentVolumeClaim",'
        '"namespace":"shop","name":"data-db-0"}}',
        *("delete", "PersistentVolumeClaim", "shop", "data-db-0", "dry-run", "INFO"),
    ),
    Held(
        '{"role":"assistant","content":[{"type":"tool_use","name":"mcp__kubernetes__scale","input":{"kind":"Deployment",'
        '"name":"cart","namespace":"shop","replicas":9}}]}',
        *("scale", "Deployment", "shop", "cart", "planned", ""),
        {"replicas": (None, "9")},
    ),
    Held(
        '{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"pods_delete","arguments":{"namespace":"shop",'
        '"name":"cart-1"}}}',
        *("delete", "Pod", "shop", "cart-1", "planned", ""),
    ),
    Held(
        '{"candidates":[{"content":{"parts":[{"functionCall":{"name":"restart_deployment","args":{"deployment":"cart",'
        '"namespace":"shop"}}}]}}]}',
        *("restart", "Deployment", "shop", "cart", "planned", ""),
    ),
    Held(
        '{"output":{"message":{"content":[{"toolUse":{"toolUseId":"t1","name":"cordon_node","input":{"node":"edge-4"}}}]}}}',
        *("cordon", "Node", "", "edge-4", "planned", ""),
    ),
    Held(
        "2026-04-02 10:00:00 INFO executing: kubectl -n shop scale --replicas=2 statefulset/db",
        *("scale", "StatefulSet", "shop", "db", "planned", "INFO"),
        {"replicas": (None, "2")},
    ),
    Held(
        "2026-04-02 10:00:00 INFO $ kubectl set image deploy/cart web=registry.invalid/cart:2 --namespace shop",
        *("patch", "Deployment", "shop", "cart", "planned", "INFO"),
        {"image": (None, "registry.invalid/cart:2")},
    ),
    Held("kubectl drain edge-4 --ignore-daemonsets --force", "drain", "Node", "", "edge-4", "planned"),
    Held(
        "2026-04-02 10:00:00 DEBUG DELETE https://10.0.0.1/api/v1/namespaces/shop/pods/cart-1 200",
        *("delete", "Pod", "shop", "cart-1", "done", "DEBUG"),
    ),
    Held(
        "2026-04-02 10:00:00 WARNING PATCH /apis/apps/v1/namespaces/shop/deployments/cart/scale 403 Forbidden",
        *("scale", "Deployment", "shop", "cart", "refused", "WARNING"),
    ),
    Held(
        '2026-04-02 10:00:00 INFO persistentvolumeclaim "data-db-0" deleted',
        *("delete", "PersistentVolumeClaim", "", "data-db-0", "done", "INFO"),
    ),
    Held(
        '{"level":"info","ts":1775124000.5,"msg":"Cleaning up","event":"deleted",'
        '"rayCluster":"train-1","namespace":"ml"}',
        *("delete", "RayCluster", "ml", "train-1", "done", "INFO"),
    ),
    Held(
        "2026-04-02T10:00:00Z INFO controllers.RayCluster reconcilePods: Deleting worker pod train-1-worker-x7k2p "
        '{"namespace": "ml", "rayCluster": "train-1"}',
        *("delete", "Pod", "ml", "train-1-worker-x7k2p", "planned", "INFO"),
    ),
    Held(
        'I0402 10:00:00.000000       1 preemption.go:22] "Preempted workload" workload="ml/train-1" reason="InCohort"',
        *("evict", "Workload|", "ml", "train-1", "done", "INFO"),
    ),
    Held(
        "I0402 10:00:00.000000       1 drainer.go:9] Draino: cordoned node edge-4",
        *("cordon", "Node", "", "edge-4", "done", "INFO"),
    ),
    Held(
        "2026/04/02 10:00:00 INF Pod shop/cart-1 terminated by spot interruption handler",
        *("delete", "Pod", "shop", "cart-1", "done", "INFO"),
    ),
    Held(
        'level=warn ts=2026-04-02T10:00:00Z msg="rollback started" rollout=shop/cart revision=7',
        *("rollback", "Rollout", "shop", "cart", "planned", "WARN"),
    ),
    Held(
        '{"level":"info","msg":"recommendation ready","workload":{"kind":"Deployment",'
        '"name":"cart","namespace":"shop"},'
        '"container":"web","cpuRequest":{"current":"500m","recommended":"200m"},"status":"proposed"}',
        *("patch", "Deployment", "shop", "cart", "proposed", "INFO"),
        {"requests.cpu": ("500m", "200m")},
    ),
    Held(
        "2026-04-02 10:00:00 [INFO] I suggest reducing the memory limit of deployment cart from 2Gi to 1Gi",
        *("patch", "Deployment", "", "cart", "proposed", "INFO"),
        {"limits.memory": ("2Gi", "1Gi")},
    ),
    Held(
        "2026-04-02 10:00:00 [ERROR] admission webhook denied the request: cannot delete namespace shop",
        *("delete", "Namespace", "", "shop", "refused", "ERROR"),
    ),
    Held(
        '{"level":"info","msg":"apply","patch":{"spec":{"template":{"spec":{"containers":[{"name":"web","resources":'
        '{"requests":{"cpu":"50m"}}}]}}}},"ref":"Deployment/shop/cart"}',
        *("patch", "Deployment", "shop", "cart", "planned", "INFO"),
        {"requests.cpu": (None, "50m")},
    ),
    Held(
        "2026-04-02 10:00:00 INFO Reducing replicas of statefulset/db from 5 to 3",
        *("scale", "StatefulSet", "", "db", "planned", "INFO"),
        {"replicas": ("5", "3")},
    ),
    Held(
        "2026-04-02 10:00:00 INFO Set maxReplicas of hpa shop/cart to 40 (was 12)",
        *("patch", "HorizontalPodAutoscaler", "shop", "cart", "planned|done", "INFO"),
        {"maxReplicas": ("12", "40")},
    ),
    Held(
        "2026-04-02 10:00:00 INFO evicting 14 pods in namespace shop",
        *("evict", "Pod", "shop", "", "planned", "INFO"),
        {},
        14,
    ),
    Held(
        '{"time":"2026-04-02T10:00:00Z","level":"INFO","msg":"chaos experiment: killed pod","target":"shop/cart-1"}',
        *("delete", "Pod", "shop", "cart-1", "done", "INFO"),
    ),
    Held(
        "2026-04-02 10:00:00 INFO deployment.apps/cart image updated",
        *("patch", "Deployment", "", "cart", "done", "INFO"),
    ),
    Held(
        '2026-04-02T10:00:00Z info argocd "Pruned resource" kind=Service namespace=shop name=cart',
        *("delete", "Service", "shop", "cart", "done", "INFO"),
    ),
)
