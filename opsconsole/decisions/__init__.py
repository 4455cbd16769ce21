"""The optimizer's words: where its lines come from, how both formats become Decision records."""
