"""Lines of systems and libraries that the corpus does not hold, as such programs print them, with what they say.

What each says was decided by reading it, before the reader was tried on it. Names and numbers are invented.
"""

from __future__ import annotations

from typing import NamedTuple


class Said(NamedTuple):
    """A line, and ``says``: ``verb kind namespace/name[,…] mood``, ``×12`` in place of names, ``-`` for what is not told.

    ``values`` are ``path before after``; alternatives are divided by ``|``; empty ``says``: it names no action.
    """

    line: str
    says: str = ""
    values: tuple[str, ...] = ()


def _(line: str, says: str = "", *values: str) -> Said:
    return Said(line, says, values)


KLOG = "I0812 09:14:02.118203       1 "
ISO = "2026-08-12T09:14:02.118Z"

SYSTEMS = (
    # Kueue
    _(
        f'{ISO}\tLEVEL(-2)\tscheduler\tpreemption/preemption.go:253\tPreempted\t{{"schedulingCycle": 41, "targetWorkload": {{"name":"job-train-7","namespace":"ml"}}, "reason": "InClusterQueue", "clusterQueue": {{"name":"gpu-cq"}}}}',
        "evict Workload ml/job-train-7 done",
    ),
    _(
        f'{ISO}\tINFO\tworkload-reconciler\tcore/workload_controller.go:301\tStart the eviction of the workload due to exceeding the PodsReady timeout\t{{"workload": {{"name":"job-train-7","namespace":"ml"}}}}',
        "evict Workload ml/job-train-7 planned",
    ),
    _(
        f'{ISO}\tLEVEL(-2)\tlocalqueue-reconciler\tcore/localqueue_controller.go:150\tGot Workload event\t{{"workload": {{"name":"job-train-7","namespace":"ml"}}}}'
    ),
    _(
        '{"level":"info","ts":"2026-08-12T09:14:02.118Z","logger":"scheduler","caller":"scheduler/scheduler.go:722","msg":"Workload requires preemption, but there are no candidate workloads allowed for preemption","workload":{"name":"job-train-8","namespace":"ml"}}'
    ),
    # Volcano
    _(
        KLOG + "preempt.go:214] Preempting Task <ml/train-7-worker-0> for Task <ml/urgent-1-worker-0>",
        "evict Pod|- ml/train-7-worker-0 planned",
    ),
    _(
        KLOG + "cache.go:871] Evicting pod ml/train-7-worker-0, because of reclaim",
        "evict Pod ml/train-7-worker-0 planned",
    ),
    _(KLOG + "reclaim.go:214] No reclaimees on Node <gpu-5>."),
    _(KLOG + "reclaim.go:194] Considering reclaim Task <ml/jupyter-pc06x> on Node <gpu-5>."),
    # kubelet, through journald
    _(
        'Aug 12 09:14:02 worker-3 kubelet[2269]: I0812 09:14:02.118203    2269 eviction_manager.go:627] "Eviction manager: pod is evicted successfully" pod="shop/cart-5d9c8-x1x2z"',
        "evict Pod shop/cart-5d9c8-x1x2z done",
    ),
    _(
        'Aug 12 09:14:02 worker-3 kubelet[2269]: I0812 09:14:02.118203    2269 eviction_manager.go:405] "Eviction manager: pods ranked for eviction" pods=["shop/cart-5d9c8-x1x2z","shop/db-0"]'
    ),
    _(
        'Aug 12 09:14:02 worker-3 kubelet[2269]: I0812 09:14:02.118203    2269 eviction_manager.go:369] "Eviction manager: attempting to reclaim" resourceName="memory"'
    ),
    _(
        'Aug 12 09:14:02 worker-3 kubelet[2269]: E0812 09:14:02.118203    2269 eviction_manager.go:620] "Eviction manager: cannot evict a critical pod" pod="kube-system/etcd-worker-3"',
        "evict Pod kube-system/etcd-worker-3 refused",
    ),
    _(
        'Aug 12 09:14:02 worker-3 kubelet[2269]: I0812 09:14:02.118203    2269 kuberuntime_container.go:779] "Killing container with a grace period" pod="shop/db-0" podUID="6d0f" containerName="db" gracePeriod=30',
        "delete|- Pod shop/db-0 planned",
    ),
    # draino, node-problem-detector
    _(
        f'{ISO}\tINFO\tkubernetes/eventhandler.go:139\tCordoned\t{{"node": "edge-4.internal"}}',
        "cordon Node edge-4.internal done",
    ),
    _(
        f'{ISO}\tDEBUG\tkubernetes/eventhandler.go:152\tDraining\t{{"node": "edge-4.internal"}}',
        "drain Node edge-4.internal planned",
    ),
    _(
        f'{ISO}\tINFO\tkubernetes/eventhandler.go:161\tDrained\t{{"node": "edge-4.internal"}}',
        "drain Node edge-4.internal done",
    ),
    _(
        f'{ISO}\tINFO\tkubernetes/eventhandler.go:148\tScheduled drain\t{{"node": "edge-4.internal", "after": "2026-08-12T09:24:02Z"}}',
        "drain Node edge-4.internal planned",
    ),
    _(
        f'{ISO}\tINFO\tkubernetes/eventhandler.go:155\tFailed to drain\t{{"node": "edge-4.internal", "error": "timed out waiting for evictions"}}',
        "drain Node edge-4.internal refused",
    ),
    _(
        KLOG
        + "log_monitor.go:160] New status generated: &{Source:kernel-monitor Conditions:[{Type:KernelDeadlock Status:False}]}"
    ),
    # Cluster API, Gardener's machine-controller-manager
    _(
        KLOG
        + 'machineset_controller.go:623] "Deleting Machine" controller="machineset" MachineSet="fleet/md-0-7x2" Machine="fleet/md-0-7x2-k9qzt"',
        "delete Machine fleet/md-0-7x2-k9qzt|-/md-0-7x2-k9qzt planned",
    ),
    _(
        KLOG
        + 'machineset_controller.go:480] "MachineSet is scaling up to 5 replicas by creating 2 machines" controller="machineset" MachineSet="fleet/md-0-7x2" replicas=3',
        "scale MachineSet fleet/md-0-7x2 planned",
        "replicas 3|- 5",
    ),
    _(
        KLOG + "machineset.go:361] Too few replicas for MachineSet shoot-a-worker-z1-55dfb, need 7, creating 2",
        "create Machine|MachineSet ×2 planned",
    ),
    _(
        KLOG
        + "controller_utils.go:611] Controller shoot-a-worker-z1-55dc5 deleting machine shoot-a-worker-z1-55dc5-rnxhv",
        "delete Machine shoot-a-worker-z1-55dc5-rnxhv planned",
    ),
    _(KLOG + 'deployment.go:448] Processing the machinedeployment "shoot--a-worker-z1" (with replicas 5)'),
    _(
        KLOG + "machinedeployment_rolling.go:90] Scaling MachineSet md-0-7x2 to 1",
        "scale MachineSet md-0-7x2 planned",
        "replicas - 1",
    ),
    # Knative, KubeAI, ES operator, cluster-proportional-autoscaler, escalator
    _(
        '{"severity":"INFO","timestamp":"2026-08-12T09:14:02.118Z","logger":"autoscaler","caller":"kpa/scaler.go:330","message":"Scaling from 3 to 0","knative.dev/key":"shop/cart-00003"}',
        "scale - - planned",
        "replicas 3 0",
    ),
    _(
        '{"severity":"INFO","timestamp":"2026-08-12T09:14:02.118Z","logger":"autoscaler","caller":"kpa/kpa.go:177","message":"PA scale got=1, want=1, desiredPods=1 ebc=-101","knative.dev/key":"shop/cart-00003"}'
    ),
    _(
        'time="2026-08-12T09:14:02Z" level=info msg="Updating desired scaling for EDS search/es-data. New desired replicas: 20. Decreasing node replicas to 20."',
        "scale - search/es-data|- planned",
        "replicas - 20",
    ),
    _(KLOG + "plugin.go:46] Cluster status: SchedulableNodes[6], SchedulableCores[24]"),
    _(
        KLOG + "autoscaler_server.go:153] Replicas are not as expected : updating replicas from 2 to 5",
        "scale - - planned",
        "replicas 2 5",
    ),
    _(
        'time="2026-08-12T09:14:02Z" level=info msg="drymode: off, tainting node ip-10-0-3-9.internal" nodegroup=batch',
        "taint Node ip-10-0-3-9.internal planned",
    ),
    _("2026/08/12 09:14:02 Comparing scales, current: 2, desired: 0"),
    # image updaters, Flux, Flagger
    _(
        'time="2026-08-12T09:14:02Z" level=info msg="Setting new image to registry.local/cart:1.4.2" alias=cart application=shop-cart image_name=cart image_tag=1.4.1 registry=registry.local',
        "patch Application|- shop-cart planned",
    ),
    _(
        'time="2026-08-12T09:14:02Z" level=info msg="Successfully updated the live application spec" application=shop-cart',
        "patch Application shop-cart done",
    ),
    _(
        'time="2026-08-12T09:14:02Z" level=info msg="Starting image update cycle, considering 3 annotated application(s) for update"'
    ),
    _(
        '{"level":"info","ts":"2026-08-12T09:14:02.118Z","msg":"server-side apply completed","controller":"kustomization","Kustomization":{"name":"shop","namespace":"flux-system"},"output":{"Deployment/shop/cart":"configured"}}',
        "patch Kustomization|Deployment flux-system/shop|shop/cart done",
    ),
    _(
        '{"level":"info","ts":"2026-08-12T09:14:02.118Z","caller":"canary/deployment_controller.go:62","msg":"Scaling down Deployment cart.shop","canary":"cart.shop"}',
        "scale Deployment cart.shop|shop/cart planned",
    ),
    _(
        '{"level":"info","ts":"2026-08-12T09:14:02.118Z","caller":"controller/events.go:33","msg":"Advance cart.shop canary weight 10","canary":"cart.shop"}'
    ),
    _(
        '{"level":"info","ts":"2026-08-12T09:14:02.118Z","caller":"controller/events.go:45","msg":"Rolling back cart.shop failed checks threshold reached 5","canary":"cart.shop"}',
        "rollback - cart.shop|- planned",
    ),
    # cost and rightsizing products
    _(
        '{"time":"2026-08-12T09:14:02Z","level":"info","component":"castai-evictor","msg":"evicting pod","pod_name":"cart-5d9c8-x1x2z","pod_namespace":"shop","node_name":"edge-4"}',
        "evict Pod shop/cart-5d9c8-x1x2z planned",
    ),
    _(
        'time="2026-08-12T09:14:02Z" level=info msg="cordoning node" component=spot-handler node_name=spot-7',
        "cordon Node spot-7 planned",
    ),
    _(
        'time="2026-08-12T09:14:02Z" level=info msg="executing action" action=ActionDeleteNode node_name=spot-7 node_id=9a1 id=77f',
        "delete Node spot-7 planned",
    ),
    _(
        "I0812 09:14:02.118203       1 action_handler.go:201] Action RIGHT_SIZE for container cart/app succeeded: memory limit resized from 2Gi to 1Gi",
        "patch|scale - - done",
        "memory 2Gi 1Gi",
    ),
    _(
        "I0812 09:14:02.118203       1 resizer.go:88] [turbonomic] resize Deployment shop/cart container app: cpu request 500m -> 250m",
        "patch Deployment shop/cart planned",
        "cpu 500m 250m",
    ),
    _(
        '{"level":"info","msg":"applied recommendation","workload":"cart","workloadKind":"Deployment","namespace":"shop","container":"app","memory":{"request":{"current":"1Gi","recommended":"640Mi"}},"ts":1786525000}',
        "patch Deployment shop/cart done",
        "memory 1Gi 640Mi",
    ),
    _(
        "2026-08-12 09:14:02 INFO [scaleops-updates] Optimizing workload shop/cart (Deployment): cpu 1 => 400m, memory 2Gi => 900Mi",
        "patch Deployment shop/cart planned",
        "cpu 1 400m",
        "memory 2Gi 900Mi",
    ),
    _(
        "2026-08-12 09:14:02,118 - kube_ocean - INFO - Instance i-0abc is being detached from Virtual Node Group vng-batch (scale down)",
        "scale|delete - - planned|-",
    ),
    _(
        '{"level":"warn","ts":1786525000.1,"msg":"skipping optimization, PDB would be violated","deployment":"cart","namespace":"shop"}'
    ),
    _(
        "I0812 09:14:02.118203       1 creator.go:112] VPA/goldilocks-cart in Namespace/shop updated",
        "patch VerticalPodAutoscaler shop/goldilocks-cart done",
    ),
    _(
        "I0812 09:14:02.118203       1 creator.go:140] Deleting VPA/goldilocks-old in Namespace/shop",
        "delete VerticalPodAutoscaler shop/goldilocks-old planned",
    ),
    _(
        "I0812 09:14:02.118203       1 recommender.go:77] crane: propose replicas for Deployment shop/cart: 4 (current 9)",
        "scale Deployment shop/cart proposed",
        "replicas 9 4",
    ),
    # HPA controller and its kin
    _(
        KLOG
        + 'horizontal.go:881] "Successfully rescaled" HPA="shop/cart" currentReplicas=9 desiredReplicas=4 reason="All metrics below target"',
        "scale HorizontalPodAutoscaler shop/cart done",
        "replicas 9 4",
    ),
    _(KLOG + 'horizontal.go:475] "Horizontal Pod Autoscaler failed to get cpu utilization" HPA="shop/cart"'),
    _(
        "Event occurred: HorizontalPodAutoscaler shop/cart: Warning FailedRescale New size: 12; reason: cpu above target; error: Operation cannot be fulfilled",
        "scale HorizontalPodAutoscaler shop/cart refused",
    ),
    _(
        '{"level":"info","ts":"2026-08-12T09:14:02Z","logger":"controllers.WatermarkPodAutoscaler","msg":"Successful rescale","watermarkpodautoscaler":"shop/cart","currentReplicas":9,"desiredReplicas":12,"rescaleReason":"cpu above"}',
        "scale - shop/cart done",
        "replicas 9 12",
    ),
    # libraries: zap, logrus, zerolog, slog, winston, pino, serilog, log4j2, spring, loguru, structlog, tracing, glog
    _(
        '2026-08-12T09:14:02.118Z\tinfo\tscaler/loop.go:88\tscaling deployment\t{"namespace": "shop", "deployment": "cart", "from": 3, "to": 6}',
        "scale Deployment shop/cart planned",
        "replicas 3 6",
    ),
    _(
        'time="2026-08-12T09:14:02Z" level=warning msg="deleted statefulset" name=db namespace=shop',
        "delete StatefulSet shop/db done",
    ),
    _("INFO[0042] draining node                                 node=edge-4", "drain Node edge-4 planned"),
    _(
        "WARN[2026-08-12T09:14:02Z] evicting pod cart-1 in namespace shop        reason=pressure",
        "evict Pod shop/cart-1 planned",
    ),
    _(
        "9:14AM INF scaled deployment deployment=cart namespace=shop replicas=6",
        "scale Deployment shop/cart done",
        "replicas - 6",
    ),
    _(
        '2026-08-12T09:14:02Z ERR could not delete pod error="pods \\"cart-1\\" not found" namespace=shop pod=cart-1',
        "delete Pod shop/cart-1 refused",
    ),
    _(
        '{"time":"2026-08-12T09:14:02.118Z","level":"INFO","source":{"function":"main.run","file":"/src/main.go","line":88},"msg":"resized memory limit","workload":"shop/cart","old":"1Gi","new":"512Mi"}',
        "patch|scale - shop/cart done",
        "memory 1Gi 512Mi",
    ),
    _(
        "2026/08/12 09:14:02 INFO restarting rollout namespace=shop deployment=cart",
        "restart Deployment shop/cart planned",
    ),
    _(
        '{"level":"info","message":"Uncordoned node edge-4","service":"mover","timestamp":"2026-08-12T09:14:02.118Z"}',
        "uncordon Node edge-4 done",
    ),
    _("2026-08-12T09:14:02.118Z [mover] warn: Draining node edge-4 (12 pods)", "drain Node edge-4 planned"),
    _(
        '{"level":30,"time":1786525000000,"pid":1,"hostname":"scaler-0","name":"scaler","deployment":"cart","ns":"shop","msg":"scaling 3 -> 6"}',
        "scale Deployment shop/cart planned",
        "replicas 3 6",
    ),
    _(
        '{"Timestamp":"2026-08-12T09:14:02.1180000+00:00","Level":"Information","MessageTemplate":"Patched {Kind} {Namespace}/{Name}","RenderedMessage":"Patched Deployment shop/cart","Properties":{"Kind":"Deployment","Namespace":"shop","Name":"cart"}}',
        "patch Deployment shop/cart done",
    ),
    _(
        '{"instant":{"epochSecond":1786525000,"nanoOfSecond":118000000},"thread":"main","level":"WARN","loggerName":"io.acme.Scaler","message":"Scaling StatefulSet shop/db from 3 to 1","endOfBatch":false}',
        "scale StatefulSet shop/db planned",
        "replicas 3 1",
    ),
    _(
        "2026-08-12T09:14:02.118+02:00  WARN 1 --- [scaler] [   scheduling-1] io.acme.scaler.Planner                   : Deleting pod cart-1 in namespace shop",
        "delete Pod shop/cart-1 planned",
    ),
    _(
        "2026-08-12 09:14:02.118 | WARNING  | mover.plan:evict:42 - Evicting pod shop/cart-1",
        "evict Pod shop/cart-1 planned",
    ),
    _(
        "2026-08-12T09:14:02.118000Z [warning  ] tainting node                  [mover] effect=NoSchedule node=edge-4",
        "taint Node edge-4 planned",
    ),
    _(
        '2026-08-12T09:14:02.118000Z  WARN mover::plan: evicting pod pod="cart-1" namespace="shop"',
        "evict Pod shop/cart-1 planned",
    ),
    _("W0812 09:14:02.118203   71 mover.cc:12] Killing pod shop/cart-1", "delete Pod shop/cart-1 planned"),
    _("WARNING:mover:Terminating pod cart-1 in namespace shop", "delete Pod shop/cart-1 planned"),
    _("[2026-08-12 09:14:02,118: INFO/ForkPoolWorker-3] Task scaler.apply succeeded in 0.3s: {'status': 'ok'}"),
    _(
        "[2026-08-12 09:14:02,118: WARNING/ForkPoolWorker-3] Scaling deployment shop/cart from 6 to 2",
        "scale Deployment shop/cart planned",
        "replicas 6 2",
    ),
    _("<13>1 2026-08-12T09:14:02.118Z edge-1 mover 71 - - evicted pod shop/cart-1", "evict Pod shop/cart-1 done"),
    # agents
    _(
        '{"event":"on_tool_start","name":"scale_deployment","data":{"input":{"namespace":"shop","name":"cart","replicas":0}},"run_id":"a1"}',
        "scale Deployment shop/cart planned",
        "replicas - 0",
    ),
    _(
        '{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"pods_delete","arguments":{"namespace":"shop","name":"cart-1"}}}',
        "delete Pod shop/cart-1 planned",
    ),
    _('{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"pods_list","arguments":{"namespace":"shop"}}}'),
    _(
        '{"jsonrpc":"2.0","id":6,"method":"tools/call","params":{"name":"resources_scale","arguments":{"apiVersion":"apps/v1","kind":"Deployment","namespace":"shop","name":"cart","scale":0}}}',
        "scale Deployment shop/cart planned",
        "replicas - 0",
    ),
    _(
        'Action: kubectl_scale\nAction Input: {"deployment": "cart", "namespace": "shop", "replicas": 1}',
        "scale Deployment shop/cart planned",
        "replicas - 1",
    ),
    _(
        '2026-08-12 09:14:02 - autogen_core.events - INFO - {"type": "ToolCall", "tool_name": "delete_pod", "arguments": {"name": "cart-1", "namespace": "shop"}, "agent_id": "ops/1"}',
        "delete Pod shop/cart-1 planned",
    ),
    _(
        '{"role":"assistant","tool_calls":[{"id":"call_1","type":"function","function":{"name":"run_shell","arguments":"{\\"cmd\\":\\"helm uninstall cart -n shop\\"}"}}]}',
        "delete HelmRelease|- shop/cart planned",
    ),
    _(
        '{"type":"tool_use","id":"toolu_1","name":"bash","input":{"command":"kubectl -n shop rollout undo deploy/cart"}}',
        "rollback Deployment shop/cart planned",
    ),
    _('{"type":"tool_use","id":"toolu_2","name":"bash","input":{"command":"kubectl get pods -n shop -o wide"}}'),
    _(
        '{"type":"tool_use","id":"toolu_3","name":"bash","input":{"command":"kubectl drain edge-4 --ignore-daemonsets --delete-emptydir-data"}}',
        "drain Node edge-4 planned",
    ),
    _(
        '{"type":"tool_use","id":"toolu_4","name":"bash","input":{"command":"curl -X DELETE https://kubernetes.default.svc/api/v1/namespaces/shop"}}',
        "delete Namespace shop planned",
    ),
    _(
        '{"type":"tool_use","id":"toolu_5","name":"bash","input":{"command":"kubectl get pods -n shop | awk \'{print $1}\' | xargs kubectl delete pod -n shop --force"}}',
        "delete Pod shop/- planned",
    ),
    _(
        '{"name":"ops","content":"I would suggest to scale deployment cart in namespace shop from 6 to 2 replicas.","role":"assistant"}',
        "scale Deployment shop/cart proposed",
        "replicas 6 2",
    ),
    _("Thought: the pod cart-1 keeps crashing, I should look at its logs first"),
    # plain sentences: passives, several objects, arrows, counts, negations
    _(f"{ISO} INFO memory limit of auth was reduced from 1Gi to 64Mi", "patch - auth done", "memory 1Gi 64Mi"),
    _(
        f"{ISO} INFO The cpu request of deployment shop/cart has been lowered from 1 to 200m",
        "patch Deployment shop/cart done",
        "cpu 1 200m",
    ),
    _(f"{ISO} INFO replicas of cart were increased from 3 to 9", "scale|patch - cart done", "replicas 3 9"),
    _(f"{ISO} INFO Pods web-1 and web-2 have been evicted", "evict Pod web-1,web-2 done"),
    _(f"{ISO} INFO Evicted pods web-1, web-2 and web-3 from node edge-4", "evict Pod web-1,web-2,web-3 done"),
    _(f"{ISO} INFO Deleting deployments shop/cart, shop/auth", "delete Deployment shop/cart,shop/auth planned"),
    _(f"{ISO} INFO Cordoned nodes edge-4 and edge-5", "cordon Node edge-4,edge-5 done"),
    _(f"{ISO} INFO evicted 12 pods in namespace shop", "evict Pod ×12 done"),
    _(f"{ISO} INFO evict ×12 pods in namespace shop", "evict Pod ×12 planned"),
    _(f"{ISO} INFO terminated 30 instances of cart", "delete - ×30|cart done"),
    _(f"{ISO} INFO Reducing cpu of cart by 95%", "patch - cart planned"),
    _(f"{ISO} INFO dropping replicas for payments-api: 12 ⇒ 0", "scale|patch - payments-api planned", "replicas 12 0"),
    _(f"{ISO} INFO wiping namespace shop", "delete Namespace shop planned"),
    _(f"{ISO} INFO halving replicas of cart", "scale|patch - cart planned"),
    _(f"{ISO} INFO killed all pods in shop", "delete Pod shop/- done"),
    _(f"{ISO} INFO set memory of shop/cart to 512 MB", "patch - shop/cart planned", "memory - 512MB|512M"),
    _(f"{ISO} INFO deployment cart: replicas 3 => 1", "scale|patch Deployment cart planned|done", "replicas 3 1"),
    _(
        f"{ISO} INFO scaling cart (deployment, ns shop) 3→1",
        "scale Deployment|- shop/cart|cart planned",
        "replicas 3 1",
    ),
    _(f"{ISO} INFO Not evicting pod shop/cart-1: it has local storage"),
    _(
        f"{ISO} INFO Refusing to scale deployment shop/cart to 0: floor is 2",
        "scale Deployment shop/cart refused",
        "replicas - 0",
    ),
    _(f"{ISO} WARN Aborted drain of node edge-4 after 600s", "drain Node edge-4 refused"),
    _(f"{ISO} INFO Node edge-4 was drained by operator jane", "drain Node edge-4 observed"),
    _(
        f"{ISO} INFO [DRY-RUN] deployment shop/cart would be scaled from 6 to 2",
        "scale Deployment shop/cart dry-run",
        "replicas 6 2",
    ),
    _(
        f"{ISO} INFO recommendation: lower memory limit of shop/cart to 300Mi (now 1Gi)",
        "patch - shop/cart proposed",
        "memory 1Gi 300Mi",
    ),
    _(f"{ISO} INFO upscaled shop/cart 3/6"),
    _(f"{ISO} INFO reconciled deployment shop/cart in 20ms"),
    _(f"{ISO} INFO wrote 12 metrics to remote storage in 20ms"),
    _(f"{ISO} INFO removed 3 expired sessions"),
    _(f"{ISO} INFO updated lease kube-system/scaler-leader"),
    _(f"{ISO} DEBUG cache: deleted pod cart-1 from index"),
    _(f"{ISO} INFO scaled image to 224x224 for model resnet"),
    _(f"{ISO} INFO dropping 12 stale connections"),
    _(f"{ISO} INFO memory usage was reduced by the garbage collector from 1Gi to 640Mi"),
    _(f"{ISO} INFO cutting release 1.4.2"),
    _(f"{ISO} INFO halving the learning rate to 0.0005"),
    _(f"{ISO} INFO wiping scratch directory /var/tmp/x1"),
)
