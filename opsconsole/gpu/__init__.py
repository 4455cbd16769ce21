"""The one door to NVML and to a host's processes.

Observing: ``worker`` asks NVML in a process of its own, ``probe`` keeps that process, ``processes`` reads ``/proc``,
``pods`` knows how the pods stand, ``classify`` says what clean-up may touch, ``feed`` puts it all before the screen.
Acting: ``signals``, and nothing else here, can end a process; ``proof`` says whether its memory is free.
"""
