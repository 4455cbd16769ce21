"""From which value to which: by the words of a sentence, and by the keys of attributes."""
