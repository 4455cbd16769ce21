"""Whether a word is the verb of an action: words that may be nouns, everyday verbs, what only sounds like one."""
