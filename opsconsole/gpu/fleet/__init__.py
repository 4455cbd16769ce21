"""The GPUs of other machines.

``on_node`` is sent to a node and runs there; ``report`` is what it answers, ``sent`` turns that into what this host's
own reader gives, so that one observer and one set of rules judge both. ``door`` says how a node is reached, ``ssh``
reaches it by OpenSSH. ``feed`` looks at all of them; ``clean``, the writing half, ends processes there.
"""
