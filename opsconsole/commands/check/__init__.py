"""``opsconsole check``: what works, what doesn't, and which rights are missing."""
