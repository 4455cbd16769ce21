"""Where lines come from: the interface, files that are followed, lines that a re-opened log gives again."""
