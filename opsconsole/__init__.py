"""opsconsole: a terminal console for the person on call when an AI-driven optimizer is hurting production."""

__version__ = "0.2.0"
