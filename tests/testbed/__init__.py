"""A real Kubernetes control plane on loopback ports, for tests and for playing.

etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kwok, built once from the pinned Go modules
under ``go/`` and started by :class:`tests.testbed.cluster.TestCluster`. ``README.md`` beside this file says
how to use it.
"""
